import { Alert, Anchor, Button, Group, Stack, Text, Tooltip } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconHistory, IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { answerOf } from "../../data/client.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { PlainTable } from "../../parts/plain-table.js";
import { EmptyState, QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellProblem } from "../../parts/telling.js";
import { TemporalLink } from "../../parts/temporal-link.js";
import { Time } from "../../parts/time.js";
import {
  historyQuery,
  listsQuery,
  standingsQuery,
  type Change,
  type ListHealth,
  type Standing,
} from "./queries.js";

/** A check that was asked for here. */
interface Asked {
  workflowId: string;
  atMs: number;
}

export function BlacklistsPage() {
  const api = useApi();
  const queries = useQueryClient();
  const mayCheck = useMay({ resource: "blacklist", level: "write" });
  const standings = useQuery(standingsQuery(api));
  const lists = useQuery(listsQuery(api));
  const [asked, setAsked] = useState<Asked | null>(null);
  const check = async (): Promise<void> => {
    const atMs = Date.now();
    try {
      const { workflow_id: workflowId } = await answerOf(api.POST("/api/blacklist/check", { body: {} }));
      setAsked({ workflowId, atMs });
      await queries.invalidateQueries({ queryKey: ["blacklist"] });
    } catch (error) {
      tellProblem(error, "The lists are not asked");
    }
  };
  return (
    <Stack gap="lg">
      <div>
        <PageHeader
          title="Blacklists"
          description="What DNS blacklists say of the addresses and domains that mail leaves from; asked every hour."
          actions={
            mayCheck && (
              <Button leftSection={<IconRefresh size={16} />} onClick={() => void check()}>
                Check now
              </Button>
            )
          }
        />
        {asked !== null && <Following asked={asked} lists={lists.data?.data ?? []} />}
      </div>
      <Panel title="Listed now">
        <QueryState query={standings}>{({ data }) => <Listed standings={data} />}</QueryState>
      </Panel>
      <Panel title="By subject and list">
        <QueryState query={standings}>
          {({ data }) => <Matrix standings={data} lists={lists.data?.data ?? []} />}
        </QueryState>
      </Panel>
      <Panel title="Lists that are asked">
        <QueryState query={lists}>{({ data }) => <Lists lists={data} />}</QueryState>
      </Panel>
      <History />
    </Stack>
  );
}

/** The lists' own health is told by the same check as what they say. */
function Following({ asked, lists }: { asked: Asked; lists: readonly ListHealth[] }) {
  const done = lists.length > 0 && lists.every(({ checked_at: at }) => Date.parse(at) >= asked.atMs);
  return (
    <Alert color={done ? "green" : "blue"} role="status">
      <Group justify="space-between">
        <Text size="sm">
          {done ? "The lists were asked just now." : "The lists are being asked; what they say appears here."}
        </Text>
        <TemporalLink workflowId={asked.workflowId} />
      </Group>
    </Alert>
  );
}

const listedColumns: Column<Standing>[] = [
  { id: "subject", title: "Subject", cell: ({ subject }) => subject },
  { id: "list", title: "List", cell: ({ list }) => list },
  {
    id: "meaning",
    title: "It says",
    cell: ({ meaning, codes }) => <span className="floe-long">{meaning ?? codes.join(", ")}</span>,
  },
  { id: "since", title: "Since", cell: ({ since }) => <Time at={since} /> },
  {
    id: "removal",
    title: "To get off",
    cell: ({ removal_url: url, list }) =>
      url === null ? (
        "ask the list’s operator"
      ) : (
        <Anchor href={url} target="_blank" rel="noreferrer" size="sm">
          Ask {list}
        </Anchor>
      ),
  },
];

function Listed({ standings }: { standings: readonly Standing[] }) {
  const rows = standings.filter(({ status }) => status === "listed");
  if (rows.length === 0)
    return (
      <Text size="sm">
        {standings.length === 0 ? "Nothing was asked about yet: a check does." : "Nothing is on any list."}
      </Text>
    );
  return (
    <Stack gap="sm">
      <PlainTable label="Listed now" columns={listedColumns} rows={rows} rowId={idOf} />
      <Text size="sm" c="var(--floe-quiet)">
        First end what it was listed for: who asks to be removed and goes on is listed again, for longer.
      </Text>
    </Stack>
  );
}

function idOf({ tenant_id: tenant, subject, list }: Standing): string {
  return `${tenant ?? ""} ${subject} ${list}`;
}

function Matrix({ standings, lists }: { standings: readonly Standing[]; lists: readonly ListHealth[] }) {
  if (standings.length === 0) return <Text size="sm">No address or domain was looked at yet.</Text>;
  const names = [...new Set(standings.map(({ list }) => list))].sort();
  const subjects = [...new Set(standings.map(({ subject }) => subject))];
  const of = new Map(standings.map((one) => [`${one.subject} ${one.list}`, one]));
  const distrusted = new Map(lists.filter(({ healthy }) => !healthy).map((one) => [one.list, one.reason]));
  const columns: Column<string>[] = [
    { id: "subject", title: "Subject", cell: (subject) => subject },
    ...names.map((list) => ({
      id: list,
      title: list,
      cell: (subject: string) => (
        <Cell standing={of.get(`${subject} ${list}`)} untrusted={distrusted.has(list)} />
      ),
    })),
  ];
  return <PlainTable label="By subject and list" columns={columns} rows={subjects} rowId={(id) => id} />;
}

function Cell({ standing, untrusted }: { standing: Standing | undefined; untrusted: boolean }) {
  if (!standing) return "—";
  const { status, meaning, error } = standing;
  const why = untrusted ? "The list failed its own test: its answers are not counted." : (error ?? meaning);
  const badge = <StatusBadge status={status} />;
  return why === null ? badge : <Tooltip label={why}>{<span>{badge}</span>}</Tooltip>;
}

const listColumns: Column<ListHealth>[] = [
  { id: "list", title: "List", cell: ({ list }) => list },
  { id: "kind", title: "Asked about", cell: ({ kind }) => kind },
  {
    id: "healthy",
    title: "Status",
    cell: ({ healthy }) =>
      healthy ? <StatusBadge status="healthy" /> : <StatusBadge status="not counted" tone="warning" />,
  },
  { id: "reason", title: "Why", cell: ({ reason }) => <span className="floe-long">{reason ?? "—"}</span> },
  { id: "since", title: "Since", cell: ({ since }) => <Time at={since} /> },
  { id: "checked", title: "Asked", cell: ({ checked_at: at }) => <Time at={at} /> },
];

function Lists({ lists }: { lists: readonly ListHealth[] }) {
  if (lists.length === 0) return <Text size="sm">No list was asked yet.</Text>;
  return (
    <Stack gap="sm">
      <PlainTable
        label="Lists that are asked"
        columns={listColumns}
        rows={lists}
        rowId={({ list, kind }) => `${list} ${kind}`}
      />
      <Text size="sm" c="var(--floe-quiet)">
        Each list is first asked about what it must and must not list (RFC 5782, 5). One that fails is not
        counted: it changes nothing of what stands.
      </Text>
    </Stack>
  );
}

const changeColumns: Column<Change>[] = [
  { id: "at", title: "When", cell: ({ happened_at: at }) => <Time at={at} /> },
  {
    id: "change",
    title: "Change",
    cell: ({ change }) => <StatusBadge status={change} tone={change === "listed" ? "bad" : "good"} />,
  },
  { id: "subject", title: "Subject", cell: ({ subject }) => subject },
  { id: "list", title: "List", cell: ({ list }) => list },
  { id: "meaning", title: "It said", cell: ({ meaning }) => meaning ?? "—" },
  { id: "paused", title: "Nodes paused by it", cell: ({ paused_nodes: nodes }) => nodes.join(", ") || "—" },
];

function History() {
  const api = useApi();
  const pages = useCursorPages();
  const query = useQuery(historyQuery(api, pages.cursor));
  return (
    <Panel title="History">
      <DataTable
        id="blacklist-history"
        label="Changes of blacklists"
        query={query}
        pages={pages}
        columns={changeColumns}
        rowId={({ change_id: id }) => id}
        empty={
          <EmptyState icon={IconHistory} title="Nothing was listed or delisted">
            What changes from now on is kept here.
          </EmptyState>
        }
      />
    </Panel>
  );
}
