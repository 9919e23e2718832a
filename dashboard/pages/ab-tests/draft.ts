import type { paths } from "../../data/api-types.js";
import { composed, nothingComposed, type ComposingValues } from "../../parts/composing-fields.js";
import { durationOf, type Delay } from "../../parts/delay-fields.js";
import type { AbTest } from "./queries.js";

/** As `POST /api/ab-tests` takes it. */
export type AbTestBody = NonNullable<
  paths["/api/ab-tests"]["post"]["requestBody"]
>["content"]["application/json"];

export interface VariantValues {
  /** Of the row on the screen. */
  key: string;
  name: string;
  template: string;
  from_name: string;
}

export interface AbTestValues extends ComposingValues {
  variants: VariantValues[];
  metric: AbTest["rules"]["metric"];
  share_percent: number | string;
  duration: Delay;
  minimum_delivered: number | string;
  /** Empty: no guard. */
  most_unsubscribes_percent: number | string;
  on_unclear: "best" | "hold";
  late_after: Delay;
  on_late: "send" | "hold";
}

let keys = 0;

export function emptyVariant(at: number): VariantValues {
  return { key: newKey(), name: String.fromCharCode("A".charCodeAt(0) + at), template: "", from_name: "" };
}

export const emptyAbTest = (): AbTestValues => ({
  ...nothingComposed,
  variants: [emptyVariant(0), emptyVariant(1)],
  ...{ metric: "opens", share_percent: 20, minimum_delivered: 50, most_unsubscribes_percent: "" },
  duration: { days: 0, hours: 4, minutes: 0 },
  ...{ on_unclear: "best", on_late: "hold" },
  late_after: { days: 1, hours: 0, minutes: 0 },
});

/** A draft, as the form has it. */
export function valuesOf({ rules, variants }: AbTest, shared: ComposingValues): AbTestValues {
  return {
    ...shared,
    variants: variants.map(({ name, template_version_id: template, from_name: from }) => ({
      ...{ key: newKey(), name, template, from_name: from ?? "" },
    })),
    ...{ metric: rules.metric, share_percent: rules.share_percent },
    minimum_delivered: rules.minimum_delivered,
    most_unsubscribes_percent: rules.most_unsubscribes_percent ?? "",
    duration: durationOf(rules.duration_ms),
    late_after: durationOf(rules.late_after_ms),
    ...{ on_unclear: rules.on_unclear, on_late: rules.on_late },
  };
}

export function bodyOf(values: AbTestValues): AbTestBody {
  const { metric, duration, on_unclear, late_after, on_late } = values;
  const guard = values.most_unsubscribes_percent;
  return {
    ...composed(values),
    variants: values.variants.map(({ name, template, from_name: from }) => ({
      ...{ name, template, ...(from !== "" && { from_name: from }) },
    })),
    share_percent: Number(values.share_percent),
    minimum_delivered: Number(values.minimum_delivered),
    ...(guard !== "" && { most_unsubscribes_percent: Number(guard) }),
    ...{ metric, duration, on_unclear, late_after, on_late },
  };
}

function newKey(): string {
  return String((keys += 1));
}
