import { useQuery } from "@tanstack/react-query";
import { useWho } from "../../data/who.js";
import { Chart, type ChartPoint, type ChartSeries } from "../../parts/chart.js";
import { count, shortCount } from "../../parts/numbers.js";
import { QueryState } from "../../parts/states.js";
import { throughputQuery, trendsQuery, type Trends } from "./queries.js";

const hours = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

const formatOf = (resolution: string) => (at: Date) => (resolution === "day" ? days : hours).format(at);

const outcomes: ChartSeries[] = [
  { id: "sent", title: "Sent", color: "green" },
  { id: "deferred", title: "Deferred", color: "yellow" },
  { id: "bounced", title: "Bounced", color: "orange" },
  { id: "dead", title: "Dead", color: "red" },
];

/** What left for this tenant over time. */
export function Sent({ days: shown }: { days: number }) {
  const { api } = useWho();
  const query = useQuery(throughputQuery(api, shown));
  return (
    <QueryState query={query}>
      {({ points: rows, resolution }) => {
        const byTime = new Map<string, ChartPoint>();
        for (const { at, what, outcome, count: value } of rows) {
          if (what !== "email") continue;
          const point = byTime.get(at) ?? { at, values: { sent: 0, deferred: 0, bounced: 0, dead: 0 } };
          point.values[outcome] = (point.values[outcome] ?? 0) + value;
          byTime.set(at, point);
        }
        const points = [...byTime.values()].sort((a, b) => a.at.localeCompare(b.at));
        const total = points.reduce((sum, { values }) => sum + (values.sent ?? 0), 0);
        return (
          <Chart
            title={`Emails by ${resolution}`}
            summary={`${count(total)} were sent in ${shown} days.`}
            kind="stacked"
            series={outcomes}
            points={points}
            format={shortCount}
            formatTime={formatOf(resolution)}
          />
        );
      }}
    </QueryState>
  );
}

const colors = ["blue", "teal", "grape", "orange", "pink", "lime", "cyan", "indigo"];

/** What waited on the queues over time. */
export function Waiting({ days: shown }: { days: number }) {
  const { platform } = useWho();
  const query = useQuery(trendsQuery(platform, shown));
  return (
    <QueryState query={query}>
      {({ queues, resolution }) => {
        const activities = queues.filter(({ kind }) => kind === "activity");
        const points = toPoints(activities);
        const most = Math.max(
          0,
          ...activities.flatMap((queue) => queue.points.map((point) => point.most_waiting ?? 0)),
        );
        return (
          <Chart
            title={`Waiting by ${resolution}, all tenants`}
            summary={`At most ${count(most)} jobs waited on one queue within ${shown} days.`}
            series={activities.map(({ queue }, at) => ({
              ...{ id: queue, title: queue, color: colors[at % colors.length] ?? "gray" },
            }))}
            points={points}
            format={shortCount}
            formatTime={formatOf(resolution)}
          />
        );
      }}
    </QueryState>
  );
}

function toPoints(queues: Trends["queues"]): ChartPoint[] {
  const byTime = new Map<string, ChartPoint>();
  for (const { queue, points } of queues) {
    for (const { at, waiting } of points) {
      const point = byTime.get(at) ?? { at, values: {} };
      point.values[queue] = waiting;
      byTime.set(at, point);
    }
  }
  return [...byTime.values()].sort((a, b) => a.at.localeCompare(b.at));
}
