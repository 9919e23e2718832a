import { PlainTable } from "../../parts/plain-table.js";
import type { Column } from "../../parts/data-table.js";
import { Time } from "../../parts/time.js";
import type { AlertEvent } from "./queries.js";

const words: Record<string, string> = {
  raised: "Raised",
  raise_told: "Told that it was raised",
  acknowledged: "Acknowledged",
  silenced: "Silenced",
  unsilenced: "Silence ended",
  cleared: "Cleared",
  clear_told: "Told that it has cleared",
  rule_created: "Rule created",
  rule_changed: "Rule changed",
  rule_deleted: "Rule deleted",
};

export function whatOf({ what, detail }: AlertEvent): string {
  const { reason, name } = detail as { reason?: string | null; name?: string };
  const more = what.startsWith("rule_") ? name : reason;
  return [words[what] ?? what, more].filter(Boolean).join(": ");
}

export const eventColumns: Column<AlertEvent>[] = [
  { id: "what", title: "What", cell: (event) => whatOf(event) },
  { id: "actor", title: "By", cell: ({ actor }) => actor ?? "—" },
  { id: "at", title: "When", cell: ({ at }) => <Time at={at} /> },
];

/** Of one alert: few enough to be all there. */
export function Events({ events }: { events: readonly AlertEvent[] }) {
  return (
    <PlainTable label="History" columns={eventColumns} rows={events} rowId={({ history_id: id }) => id} />
  );
}
