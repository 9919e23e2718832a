import { useQuery } from "@tanstack/react-query";
import { useWho } from "../../data/who.js";
import type { Column } from "../../parts/data-table.js";
import { Count, duration } from "../../parts/numbers.js";
import { PlainTable } from "../../parts/plain-table.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { lastHourQuery, type QueueNow } from "./queries.js";

const number = (
  id: "waiting" | "active" | "delayed" | "failed" | "dead",
  title: string,
): Column<QueueNow> => ({
  ...{ id, title, align: "right" },
  cell: (queue) => <Count value={queue[id]} />,
});

const time = (id: "oldest_ms" | "average_ms" | "p95_ms", title: string): Column<QueueNow> => ({
  ...{ id, title, align: "right" },
  cell: ({ [id]: ms }) => (ms === null || (id === "oldest_ms" && ms === 0) ? "—" : duration(ms)),
});

const rate = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** Each queue now, and what it did a little while ago. */
export function Queues({ queues }: { queues: readonly QueueNow[] }) {
  const { platform } = useWho();
  const { data: lastHour } = useQuery(lastHourQuery(platform));
  const columns: Column<QueueNow>[] = [
    {
      id: "queue",
      title: "Queue",
      cell: ({ queue, kind }) => (kind === "workflow" ? `${queue} (workflows)` : queue),
    },
    {
      id: "polled",
      title: "Workers",
      cell: ({ workers, slots, active }) =>
        workers === 0 ? (
          <StatusBadge status="nobody polls" tone="bad" />
        ) : slots === 0 ? (
          workers
        ) : (
          `${active} of ${slots} slots`
        ),
    },
    number("waiting", "Waiting"),
    number("active", "Active"),
    number("delayed", "Delayed"),
    number("failed", "Failed"),
    number("dead", "Dead"),
    time("oldest_ms", "Oldest waits"),
    {
      id: "per_minute",
      title: "A minute",
      align: "right",
      cell: ({ per_minute: jobs }) => rate.format(jobs),
    },
    {
      ...{ id: "per_hour", title: "Last hour", align: "right" },
      cell: ({ queue, kind }) => <Count value={lastHour && (lastHour.get(`${queue} ${kind}`) ?? 0)} />,
    },
    time("average_ms", "Average"),
    time("p95_ms", "p95"),
  ];
  return (
    <PlainTable
      label="Task queues"
      columns={columns}
      rows={queues}
      rowId={({ queue, kind }) => `${queue} ${kind}`}
    />
  );
}
