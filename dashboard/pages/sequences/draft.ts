import type { paths } from "../../data/api-types.js";
import { composed, nothingComposed, type ComposingValues } from "../../parts/composing-fields.js";
import { delayOf, type Delay } from "../../parts/delay-fields.js";
import type { Sequence } from "./queries.js";

/** As `POST /api/sequences` takes it. */
export type SequenceBody = NonNullable<
  paths["/api/sequences"]["post"]["requestBody"]
>["content"]["application/json"];

export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export interface ConditionValues {
  /** Of the row on the screen: it may be moved. */
  key: string;
  kind: "did" | "did-not" | "contact";
  event: "open" | "click" | "reply";
  /** A number, as a choice has it. */
  step: string;
  /** JSON, of `contact`. */
  filter: string;
}

export interface StepValues {
  key: string;
  template: string;
  delay: Delay;
  conditions: ConditionValues[];
}

export interface SequenceValues extends ComposingValues {
  steps: StepValues[];
  exits: { replied: boolean; unsubscribed: boolean; bounced: boolean };
  /** Of a filter, which the form does not show: it stays. */
  exit_filter: unknown;
  by_hours: boolean;
  business_hours: { days: string[]; from: string; to: string };
  time_zone: string;
  late_after: Delay;
  on_late: "skip" | "send";
}

let keys = 0;

export function emptyStep(days: number): StepValues {
  return { key: newKey(), template: "", delay: { days, hours: 0, minutes: 0 }, conditions: [] };
}

/** Of the step before it where there is one. */
export function emptyCondition(at: number): ConditionValues {
  const kind = at === 0 ? "contact" : "did";
  return { key: newKey(), kind, event: "open", step: String(Math.max(1, at)), filter: "" };
}

export function emptySequence(timeZone: string): SequenceValues {
  return {
    ...nothingComposed,
    steps: [emptyStep(0)],
    exits: { replied: true, unsubscribed: true, bounced: true },
    exit_filter: null,
    by_hours: false,
    business_hours: { days: weekdays.slice(0, 5), from: "09:00", to: "17:00" },
    time_zone: timeZone,
    late_after: { days: 1, hours: 0, minutes: 0 },
    on_late: "skip",
  };
}

/** A draft, as the form has it. */
export function valuesOf({ rules }: Sequence, shared: ComposingValues): SequenceValues {
  const { contact, ...exits } = rules.exits;
  const { hours } = rules;
  const fallback = emptySequence(rules.time_zone);
  return {
    ...{ ...fallback, ...shared, exits, exit_filter: contact ?? null },
    steps: rules.steps.map((step) => ({
      key: newKey(),
      template: step.template_version_id,
      delay: delayOf(step.delay),
      conditions: step.conditions.map((condition, at) => ({
        ...emptyCondition(at),
        kind: condition.kind,
        ...(condition.kind === "contact"
          ? { filter: JSON.stringify(condition.filter, null, 2) }
          : { event: condition.event, step: String(condition.step) }),
      })),
    })),
    by_hours: hours !== null,
    ...(hours !== null && {
      business_hours: {
        days: hours.days.map((day) => weekdays[day - 1] ?? "mon"),
        from: clock(hours.from),
        to: clock(hours.to),
      },
    }),
    late_after: {
      ...delayOf({ minutes: rules.late_after_minutes % 1_440 }),
      days: Math.floor(rules.late_after_minutes / 1_440),
    },
    on_late: rules.on_late,
  };
}

export function bodyOf(values: SequenceValues): SequenceBody {
  const { steps, exits, exit_filter: contact, by_hours: byHours, business_hours: hours } = values;
  const { time_zone, late_after, on_late } = values;
  const body = {
    ...composed(values),
    steps: steps.map(({ template, delay, conditions }) => ({
      template,
      delay,
      conditions: conditions.map(({ kind, event, step, filter }) =>
        kind === "contact"
          ? { kind, filter: JSON.parse(filter) as unknown }
          : { kind, event, step: Number(step) },
      ),
    })),
    exits: { ...exits, contact },
    ...(byHours && { business_hours: hours }),
    ...{ time_zone, late_after, on_late },
  };
  // Of filters the document says only that they are objects.
  return body as unknown as SequenceBody;
}

export function isFilter(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** `09:00`, of minutes since midnight. */
export function clock(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

function newKey(): string {
  return String((keys += 1));
}
