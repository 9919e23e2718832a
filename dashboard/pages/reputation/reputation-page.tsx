import { Anchor, Button, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "react-router";
import type { ReputationKind } from "../../../domain/reputation.js";
import { answerOf } from "../../data/client.js";
import { useApi, useMay } from "../../data/who.js";
import { Chart } from "../../parts/chart.js";
import { confirm } from "../../parts/confirm.js";
import type { Column } from "../../parts/data-table.js";
import { Facts } from "../../parts/facts.js";
import { Figure } from "../../parts/figure.js";
import { count, Count } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { PlainTable } from "../../parts/plain-table.js";
import { QueryState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { reputationDaysQuery, reputationQuery, type Reputation, type Subject } from "./queries.js";
import { Gate, Score, ScoreLevel } from "./standing.js";

export function ReputationPage() {
  const { kind, subject = "" } = useParams();
  const path = { kind: kind as ReputationKind, subject };
  const query = useQuery(reputationQuery(useApi(), path));
  return <QueryState query={query}>{(found) => <Loaded one={found} path={path} />}</QueryState>;
}

function Loaded({ one, path }: { one: Reputation; path: Subject }) {
  const { score, factors, tried, gate, mailbox_providers: providers } = one;
  const hasGate = path.kind !== "mailbox-provider";
  const lost = factors.reduce((sum, factor) => sum + factor.lost, 0);
  return (
    <Stack>
      <PageHeader
        title={path.subject}
        description={`Reputation of a ${path.kind.replace("-", " ")}`}
        trail={[{ title: "Reputation", to: "/reputation" }]}
        badge={hasGate && <Gate gate={gate} />}
        actions={<Release one={one} path={path} />}
      />
      <SimpleGrid cols={{ base: 2, sm: 3 }} spacing="sm">
        <Figure
          name="Score"
          value={score === null ? "—" : count(score)}
          note={<ScoreLevel score={score} />}
        />
        <Figure name="Lost" value={count(Math.round(lost))} note="points, by the factors below" />
        <Figure name="Messages" value={count(tried)} note="tried within seven days" />
      </SimpleGrid>
      {hasGate && gate !== "none" && <GatePanel one={one} />}
      <Panel title="What each factor costs">
        {factors.length === 0 ? (
          <Text size="sm">Fewer than 100 messages within seven days say nothing.</Text>
        ) : (
          <PlainTable label="Factors" columns={factorColumns} rows={factors} rowId={({ name }) => name} />
        )}
      </Panel>
      <History path={path} />
      {providers.length > 0 && (
        <Panel title="Towards each mailbox provider">
          <PlainTable
            label="Towards each mailbox provider"
            columns={providerColumns}
            rows={providers}
            rowId={({ reputation_id: id }) => id}
          />
        </Panel>
      )}
      {hasGate && gate === "none" && <GatePanel one={one} />}
    </Stack>
  );
}

/** What holds mail back; first, when it does. */
function GatePanel({ one }: { one: Reputation }) {
  return (
    <Panel title="Gate">
      <Facts
        columns={3}
        facts={[
          ["Stands", <Gate key="gate" gate={one.gate} />],
          ["Why", one.gate_reason ?? "nothing speaks against it"],
          ["Since", <Time key="since" at={one.gate_since} />],
          ["Lets through", letsThrough(one)],
          ["Goes on by itself", goesOn(one)],
          [
            "Stops so far",
            one.released_by === null
              ? count(one.stops)
              : `${count(one.stops)}; last released by ${one.released_by}`,
          ],
        ]}
      />
    </Panel>
  );
}

function letsThrough({ gate, per_day: perDay }: Reputation): string {
  if (gate === "stop") return "nothing";
  return perDay === null ? "everything" : `${count(perDay)} a day`;
}

function goesOn({ gate, resume_at: at }: Reputation) {
  if (at !== null) return <Time at={at} as="exact" />;
  if (gate === "stop") return "when a person releases it";
  return gate === "none" ? "—" : "a day later at the earliest, when it does better";
}

const factorColumns: Column<Reputation["factors"][number]>[] = [
  { id: "name", title: "Factor", cell: ({ name }) => name },
  {
    id: "lost",
    title: "Costs",
    align: "right",
    cell: ({ lost, max }) => `${count(Math.round(lost))} of ${count(max)}`,
  },
  { id: "reason", title: "Why", cell: ({ reason }) => <span className="floe-long">{reason}</span> },
  {
    id: "source",
    title: "Limits by",
    cell: ({ source }) =>
      source === null ? (
        "Floe"
      ) : (
        <Anchor href={source} target="_blank" rel="noreferrer" size="sm">
          {hostOf(source)}
        </Anchor>
      ),
  },
];

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host.replace(/^www\./, "") : address;
}

const providerColumns: Column<Reputation["mailbox_providers"][number]>[] = [
  {
    id: "provider",
    title: "Mailbox provider",
    cell: ({ mailbox_provider: name, subject }) => name ?? subject,
  },
  { id: "score", title: "Score", cell: ({ score }) => <Score score={score} /> },
  { id: "tried", title: "Messages", align: "right", cell: ({ tried }) => <Count value={tried} /> },
];

const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

function History({ path }: { path: Subject }) {
  const query = useQuery(reputationDaysQuery(useApi(), path));
  return (
    <QueryState query={query}>
      {({ data }) => (
        <Chart
          title="Score by day"
          summary={`${count(data.length)} days were scored.`}
          series={[{ id: "score", title: "Score", color: "blue" }]}
          points={data.toReversed().map(({ day, score }) => ({
            at: `${day.slice(0, 10)}T00:00:00Z`,
            values: { score },
          }))}
          format={(value) => count(Math.round(value))}
          formatTime={(at) => days.format(at)}
        />
      )}
    </QueryState>
  );
}

function Release({ one, path }: { one: Reputation; path: Subject }) {
  const api = useApi();
  const queries = useQueryClient();
  const mayAct = useMay({ resource: "reputation", level: "write" });
  if (!mayAct || one.gate === "none" || path.kind === "mailbox-provider") return null;
  const ask = (): void =>
    confirm({
      title: `Release ${path.subject}?`,
      children: `${one.gate_reason ?? ""} It is no longer held back, and judged by what comes of mail from the next full hour on. Whoever goes on as before is stopped again, for longer.`,
      action: "Release",
      color: "orange",
      run: async () => {
        const params = { path, header: {} };
        await answerOf(api.POST("/api/reputation/{kind}/{subject}/release", { params, body: {} }));
        tellDone(`${path.subject} is released.`);
        await queries.invalidateQueries({ queryKey: ["reputation"] });
      },
    });
  return <Button onClick={ask}>Release</Button>;
}
