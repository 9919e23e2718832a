import { SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconCalendar } from "@tabler/icons-react";
import { useParams } from "react-router";
import { warmupWorkflowId } from "../../../domain/ids.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { Chart, type ChartPoint } from "../../parts/chart.js";
import { Copyable } from "../../parts/copyable.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { Facts } from "../../parts/facts.js";
import { Figure } from "../../parts/figure.js";
import { count, Count, share, shortCount } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { PlainTable } from "../../parts/plain-table.js";
import { EmptyState, QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { TemporalLink } from "../../parts/temporal-link.js";
import { Time } from "../../parts/time.js";
import { formatDay } from "./plan.js";
import { daysQuery, warmupQuery, type Warmup, type WarmupDay } from "./queries.js";
import { Health, WarmupStatus } from "./standing.js";
import { WarmupSteering } from "./steering.js";
import { useWhose } from "./whose.js";

export function WarmupPage() {
  const { warmup = "" } = useParams();
  const { api } = useWhose();
  const query = useQuery(warmupQuery(api, warmup));
  return <QueryState query={query}>{(found) => <Loaded warmup={found} />}</QueryState>;
}

function Loaded({ warmup }: { warmup: Warmup }) {
  const { search } = useWhose();
  const { warmup_id: id, key, kind, plan, curve, position, planned, used_today: used, health } = warmup;
  return (
    <Stack>
      <PageHeader
        title={key}
        description={`Warmup of a ${kind}, by the plan ${plan.preset}`}
        trail={[{ title: "Warmups", to: `/warmups${search}` }]}
        badge={<WarmupStatus warmup={warmup} />}
        actions={<WarmupSteering warmup={warmup} />}
      />
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
        <Figure name="Day" value={count(Math.floor(position) + 1)} note={`of ${count(curve.length)}`} />
        <Figure
          name="Allowed a day"
          value={planned === null ? "—" : count(planned)}
          note={warmup.last_day === null ? "its first day is being planned" : `since ${warmup.last_day}`}
        />
        <Figure name="Used today" value={used === null ? "—" : count(used)} note="messages that were tried" />
        <Figure name="Health" value={<Health health={health} />} note={health?.reason} />
      </SimpleGrid>
      {warmup.reason !== null && <Text size="sm">{warmup.reason}</Text>}
      <Curve warmup={warmup} />
      <Shares warmup={warmup} />
      <Days warmupId={id} />
      <Panel title="About" aside={<TemporalLink workflowId={warmupWorkflowId(id)} />}>
        <Facts
          columns={3}
          facts={[
            ["Target", `${count(plan.target)} messages a day`],
            ["Then each day", plan.step > 0 ? `${count(plan.step)} more` : `times ${plan.growth}`],
            ["Spread over", `${count(plan.hours)} hours`],
            ["Opens and clicks", plan.engagement ? "few of them slow it down" : "are not looked at"],
            ["Paused by health", `${count(warmup.health_pauses)} times`],
            ["Goes on on", warmup.resume_on],
            ["Started", <Time key="started" at={warmup.created_at} as="exact" />],
            ["Ended", <Time key="ended" at={warmup.ended_at} otherwise="not yet" as="exact" />],
            ["Id", <Copyable key="id" value={id} label="id of the warmup" />],
          ]}
        />
      </Panel>
    </Stack>
  );
}

/** What was planned and used, and what comes if each day goes well. */
function Curve({ warmup }: { warmup: Warmup }) {
  const { api } = useWhose();
  const query = useQuery(daysQuery(api, warmup.warmup_id));
  return (
    <QueryState query={query}>
      {({ data }) => (
        <Chart
          title="Messages a day"
          summary={`${count(data.length)} days are planned, ${count(warmup.next_days.length)} are to come.`}
          series={[
            { id: "planned", title: "Planned", color: "blue" },
            { id: "used", title: "Used", color: "green" },
            { id: "forecast", title: "If each day goes well", color: "gray" },
          ]}
          points={pointsOf(data, warmup)}
          format={shortCount}
          formatTime={formatDay}
        />
      )}
    </QueryState>
  );
}

function pointsOf(days: readonly WarmupDay[], { next_days: next, used_today: today }: Warmup): ChartPoint[] {
  const past = days.toReversed();
  const at = (day: string): string => `${day.slice(0, 10)}T00:00:00Z`;
  const last = past.length - 1;
  return [
    ...past.map(({ day, planned, used }, index) => ({
      at: at(day),
      values: {
        planned,
        used: used ?? (index === last ? today : null),
        forecast: index === last ? planned : null,
      },
    })),
    ...next.map(({ day, planned }) => ({
      at: at(day),
      values: { planned: null, used: null, forecast: planned },
    })),
  ];
}

type Allowance = Warmup["allowances"][number];

function Shares({ warmup: { allowances, plan } }: { warmup: Warmup }) {
  const rows = allowances.filter(({ mailbox_provider: provider }) => provider !== null);
  if (rows.length === 0) return null;
  const columns: Column<Allowance>[] = [
    { id: "provider", title: "Mailbox provider", cell: ({ mailbox_provider: provider }) => provider },
    {
      id: "share",
      title: "Share of the curve",
      align: "right",
      cell: ({ mailbox_provider: provider }) => share(plan.mailbox_providers[provider ?? ""] ?? 0),
    },
    { id: "used", title: "Used today", align: "right", cell: ({ used }) => <Count value={used} /> },
    { id: "day", title: "A day", align: "right", cell: ({ per_day: most }) => <Count value={most} /> },
    { id: "hour", title: "An hour", align: "right", cell: ({ per_hour: most }) => <Count value={most} /> },
  ];
  return (
    <Panel title="Shares of mailbox providers">
      <PlainTable
        label="Shares of mailbox providers"
        columns={columns}
        rows={rows}
        rowId={({ mailbox_provider: provider }) => provider ?? ""}
      />
    </Panel>
  );
}

const dayColumns: Column<WarmupDay>[] = [
  { id: "day", title: "Day", cell: ({ day }) => <span style={{ whiteSpace: "nowrap" }}>{day}</span> },
  { id: "planned", title: "Planned", align: "right", cell: ({ planned }) => <Count value={planned} /> },
  { id: "used", title: "Used", align: "right", cell: ({ used }) => <Count value={used} /> },
  {
    id: "decision",
    title: "Decision",
    cell: ({ decision }) => <StatusBadge status={decision} tone={decisionTones[decision] ?? "neutral"} />,
  },
  { id: "reason", title: "Why", cell: ({ reason }) => <span className="floe-long">{reason}</span> },
  { id: "bounced", title: "Bounced", align: "right", cell: ({ bounced }) => <Count value={bounced} /> },
  {
    id: "complained",
    title: "Complained",
    align: "right",
    cell: ({ complained: of }) => <Count value={of} />,
  },
  { id: "deferred", title: "Deferred", align: "right", cell: ({ deferred }) => <Count value={deferred} /> },
];

const decisionTones: Record<string, "good" | "running" | "paused" | "warning" | "bad"> = {
  ...({ start: "running", advance: "good", finish: "good", resume: "running", hold: "paused" } as const),
  ...({ "slide-back": "warning", "step-back": "warning", restart: "warning", stop: "bad" } as const),
};

function Days({ warmupId }: { warmupId: string }) {
  const { api } = useWhose();
  const pages = useCursorPages();
  const query = useQuery(daysQuery(api, warmupId, pages.cursor));
  return (
    <Panel title="Decisions">
      <DataTable
        id="warmup-days"
        label="Days"
        query={query}
        pages={pages}
        columns={dayColumns}
        rowId={({ day }) => day}
        empty={
          <EmptyState icon={IconCalendar} title="No day is planned yet">
            The first one is planned as soon as a worker is there.
          </EmptyState>
        }
      />
    </Panel>
  );
}
