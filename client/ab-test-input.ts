import { z } from "zod";
import type { NewAbTest } from "../db/ab-tests.js";
import { abTestMetrics, mostVariants } from "../domain/ab-test.js";
import { campaignSchema, instantSchema } from "./campaign-input.js";
import { durationSchema, nameSchema, pageSizeSchema, tenantIdSchema, uuidSchema } from "./input.js";

const { template, fromName, ...composing } = campaignSchema.shape;

const variantSchema = z.strictObject({
  /** Default: A, B, C … */
  name: nameSchema.optional(),
  template,
  /** Instead of the campaign's. */
  fromName,
});

const hourMs = 3_600_000;

const percent = (least: number) =>
  z.number().min(least, `must be ${least} to 100`).max(100, `must be ${least} to 100`);

export const abTestSchema = z
  .strictObject({
    ...composing,
    fromName,
    variants: z
      .array(variantSchema)
      .min(2, "needs at least two")
      .max(mostVariants, `has more than ${mostVariants}`),
    metric: z.enum(abTestMetrics, `must be one of ${abTestMetrics.join(", ")}`).default("opens"),
    /** Percent of the audience that the variants share; the rest gets the winner. */
    sharePercent: percent(1).default(20),
    /** From when every variant has been sent to the choice. */
    duration: durationSchema.default(4 * hourMs),
    minimumDelivered: z
      .int()
      .min(1, "must be at least 1")
      .max(1_000_000, "must be at most 1,000,000")
      .default(50),
    mostUnsubscribesPercent: percent(0).optional(),
    onUnclear: z.enum(["best", "hold"], "must be best or hold").default("best"),
    lateAfter: durationSchema.default(24 * hourMs),
    onLate: z.enum(["send", "hold"], "must be send or hold").default("hold"),
  })
  .refine(({ list, segment }) => (list === undefined) !== (segment === undefined), {
    path: ["list"],
    message: "exactly one audience is needed: give either list or segment",
  })
  .superRefine(({ variants, metric, trackOpens, trackClicks }, context) => {
    const names = variants.map(nameOf);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) < index)
        context.addIssue({
          code: "custom",
          path: ["variants", index, "name"],
          message: `is used twice: ${name}`,
        });
    }
    const needs =
      metric === "opens"
        ? ["trackOpens"]
        : metric === "clicks"
          ? ["trackClicks"]
          : ["trackOpens", "trackClicks"];
    for (const field of needs) {
      if (!(field === "trackOpens" ? trackOpens : trackClicks))
        context.addIssue({ code: "custom", path: [field], message: `must be on: the test counts ${metric}` });
    }
  });
export type AbTestInput = z.input<typeof abTestSchema>;

/** All of a draft anew. */
export const abTestReplacementSchema = abTestSchema.safeExtend({ abTestId: uuidSchema });
export type AbTestReplacement = z.input<typeof abTestReplacementSchema>;

function nameOf({ name }: z.output<typeof variantSchema>, index: number): string {
  return name ?? String.fromCharCode("A".charCodeAt(0) + index);
}

export function toNewAbTest(input: z.output<typeof abTestSchema>): NewAbTest {
  const { variants, metric, sharePercent, duration, minimumDelivered, mostUnsubscribesPercent, ...rest } =
    input;
  const { onUnclear, lateAfter, onLate, ...campaign } = rest;
  return {
    ...campaign,
    rules: {
      ...{ metric, sharePercent, minimumDelivered, onUnclear, onLate },
      ...{ durationMs: duration, lateAfterMs: lateAfter },
      mostUnsubscribesPercent: mostUnsubscribesPercent ?? null,
    },
    variants: variants.map((variant, index) => ({
      name: nameOf(variant, index),
      template: variant.template,
      fromName: variant.fromName ?? null,
    })),
  };
}

export const abTestRefSchema = z.strictObject({ tenantId: tenantIdSchema, abTestId: uuidSchema });
export type AbTestRef = z.input<typeof abTestRefSchema>;

export const startAbTestSchema = abTestRefSchema.extend({
  /** Absent: at once. */
  at: instantSchema.optional(),
});
export type StartAbTest = z.input<typeof startAbTestSchema>;

export const pickSchema = abTestRefSchema.extend({
  /** A variant's number, from 1, or its name. */
  variant: z.union([z.int().min(1, "counts from 1"), nameSchema]),
});
export type PickInput = z.input<typeof pickSchema>;

export const abTestsSchema = z.strictObject({
  tenantId: tenantIdSchema,
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type AbTestsQuery = z.input<typeof abTestsSchema>;
