import { Text, TextInput } from "@mantine/core";
import type { ApiClient, RowOf } from "../../data/client.js";
import { openForm } from "../../parts/form-dialog.js";
import { count } from "../../parts/numbers.js";

type Schedule = RowOf<"schedules.list">;

/** Asks for a range, tells about how many runs it has, and starts them one after the other. */
export function openBackfill(
  platform: ApiClient,
  schedule: Schedule,
  done: (message: string) => Promise<void>,
): void {
  const { schedule_id: id } = schedule;
  openForm({
    title: `Backfill ${id}`,
    about: "Starts what it would have started between two times, one after the other. Times are yours.",
    action: "Backfill",
    initial: { from: "", to: "" },
    fields: (form) => (
      <>
        <TextInput type="datetime-local" label="From" required {...form.getInputProps("from")} />
        <TextInput type="datetime-local" label="To" required {...form.getInputProps("to")} />
        <Text size="sm" role="status">
          {estimate(schedule, form.getValues())}
        </Text>
      </>
    ),
    run: async ({ from, to }) => {
      const body = { from: instant(from), to: instant(to) };
      await platform.POST("/api/schedules/{schedule_id}/backfill", {
        params: { path: { schedule_id: id } },
        body,
      });
      await done(`${id} makes up for what it missed.`);
    },
  });
}

function instant(local: string): string {
  return local === "" ? "" : new Date(local).toISOString();
}

function estimate({ next_at: next, last_at: last }: Schedule, range: { from: string; to: string }): string {
  if (range.from === "" || range.to === "") return "Choose a range to see about how many runs it has.";
  const ms = new Date(range.to).getTime() - new Date(range.from).getTime();
  if (ms <= 0) return "The range is empty.";
  if (next === null || last === null) return "It has not run yet: how many runs this makes is not known.";
  const every = new Date(next).getTime() - new Date(last).getTime();
  return `About ${count(Math.max(1, Math.round(ms / Math.max(every, 1_000))))} runs, going by the time between the last and the next.`;
}
