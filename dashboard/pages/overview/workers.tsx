import { Text, Tooltip } from "@mantine/core";
import type { Column } from "../../parts/data-table.js";
import { bytes, Count, share } from "../../parts/numbers.js";
import { PlainTable } from "../../parts/plain-table.js";
import { StatusBadge, type Tone } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import type { Worker } from "./queries.js";

const tones: Record<Worker["state"], Tone> = {
  active: "good",
  idle: "good",
  stopped: "neutral",
  lost: "bad",
};

const columns: Column<Worker>[] = [
  {
    id: "process",
    title: "Process",
    cell: ({ role, host, pid }) => `${role} on ${host} (${pid})`,
  },
  { id: "state", title: "State", cell: ({ state }) => <StatusBadge status={state} tone={tones[state]} /> },
  {
    ...{ id: "slots", title: "Slots in use", align: "right" },
    cell: ({ active, slots, queues }) => (
      <Tooltip
        label={queues.map(({ queue, active: at, slots: of }) => `${queue}: ${at} of ${of}`).join(", ")}
      >
        <span>
          {active} of {slots}
        </span>
      </Tooltip>
    ),
  },
  { id: "completed", title: "Done", align: "right", cell: ({ completed }) => <Count value={completed} /> },
  { id: "failed", title: "Failed", align: "right", cell: ({ failed }) => <Count value={failed} /> },
  {
    ...{ id: "memory", title: "Memory", align: "right" },
    cell: ({ memory, rss_bytes: rss }) => `${bytes(rss)}, ${share(memory)}`,
  },
  { id: "version", title: "Version", cell: ({ version }) => version },
  { id: "started", title: "Started", cell: ({ started_at: at }) => <Time at={at} /> },
  { id: "seen", title: "Last seen", cell: ({ last_seen_at: at }) => <Time at={at} /> },
];

/** Worker processes of the last day. */
export function Workers({ workers }: { workers: readonly Worker[] }) {
  if (workers.length === 0)
    return (
      <Text size="sm" c="var(--floe-quiet)">
        No worker has told of itself within a day: nothing is sent until one runs.
      </Text>
    );
  return (
    <PlainTable label="Worker processes" columns={columns} rows={workers} rowId={({ worker_id: id }) => id} />
  );
}
