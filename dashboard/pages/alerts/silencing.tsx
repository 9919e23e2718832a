import { Select, TextInput } from "@mantine/core";
import { openForm } from "../../parts/form-dialog.js";

const hourMs = 3_600_000;
const spans: Record<string, number> = {
  "an hour": hourMs,
  "four hours": 4 * hourMs,
  "a day": 24 * hourMs,
  "a week": 168 * hourMs,
};

export interface SilenceInput {
  until: string;
  reason: string;
}

/** Asks for how long, and why. */
export function openSilence({
  title,
  silence,
}: {
  title: string;
  silence: (input: SilenceInput) => Promise<unknown>;
}): void {
  openForm({
    title,
    about: "Nobody is told meanwhile. After it, of what is still open.",
    action: "Silence",
    initial: { until: "an hour", reason: "" },
    fields: (form) => (
      <>
        <Select
          label="For"
          data={Object.keys(spans)}
          allowDeselect={false}
          {...form.getInputProps("until")}
        />
        <TextInput label="Reason" required {...form.getInputProps("reason")} />
      </>
    ),
    run: ({ until, reason }) =>
      silence({ until: new Date(Date.now() + (spans[until] ?? hourMs)).toISOString(), reason }),
  });
}
