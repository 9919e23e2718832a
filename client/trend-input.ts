import { z } from "zod";
import type { TrendRange } from "../db/trends.js";
import { InvalidInput } from "../domain/errors.js";
import { resolutionFor, resolutionMs, resolutions } from "../domain/trends.js";
import { nameSchema, parseInput, tenantIdSchema } from "./input.js";

const instant = z.date("must be an instant, such as 2026-03-02T10:00:00Z");

const range = {
  /** Default: a day before `to`. */
  from: instant.optional(),
  /** Not included; default: now. */
  to: instant.optional(),
  /** Default: what shows the range in some two hundred points. */
  resolution: z.enum(resolutions, `must be one of ${resolutions.join(", ")}`).optional(),
};

export const trendsSchema = z.strictObject({
  ...range,
  /** One task queue alone, such as `send-priority-high`. */
  queue: nameSchema.optional(),
});
export type TrendsQuery = z.input<typeof trendsSchema>;

export const throughputSchema = z.strictObject({
  /** What left for this tenant; absent: for all together. */
  tenantId: tenantIdSchema.optional(),
  ...range,
});
export type ThroughputQuery = z.input<typeof throughputSchema>;

const dayMs = 86_400_000;
/** A page that nobody could look at costs as much as one that somebody can. */
const mostPoints = 1_500;

type RangeSchema<T> = z.ZodType<T & Partial<TrendRange>>;

/** @throws InvalidInput */
export function parseRange<T extends object>(schema: RangeSchema<T>, query: unknown): T & TrendRange {
  const parsed = parseInput<T & Partial<TrendRange>>(schema, query);
  const to = parsed.to ?? new Date();
  const from = parsed.from ?? new Date(to.getTime() - dayMs);
  const spanMs = to.getTime() - from.getTime();
  if (spanMs <= 0)
    throw new InvalidInput([{ field: "from", problem: "must be before the end of the range" }]);
  const resolution = parsed.resolution ?? resolutionFor(spanMs);
  if (spanMs / resolutionMs[resolution] > mostPoints) {
    const problem = `has more than ${mostPoints} points in this range; give a coarser one or a shorter range`;
    throw new InvalidInput([{ field: "resolution", problem }]);
  }
  return { ...parsed, from, to, resolution };
}
