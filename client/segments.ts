import { z } from "zod";
import type { Segment, SegmentStore } from "../db/segments.js";
import type { SegmentFilter } from "../domain/segment-filter.js";
import { nameSchema, parseInput, tenantIdSchema } from "./input.js";

export type { Segment } from "../db/segments.js";

const segmentSchema = z.strictObject({
  tenantId: tenantIdSchema,
  name: nameSchema,
  /** The store checks every part of it. */
  filter: z.unknown(),
});
export interface NewSegment {
  tenantId: string;
  name: string;
  filter: SegmentFilter;
}

/** `segment`: id or name. */
const refSchema = z.strictObject({ tenantId: tenantIdSchema, segment: nameSchema });
export type SegmentRef = z.input<typeof refSchema>;

export interface Segments {
  /**
   * Safe to repeat with the same filter.
   * @throws InvalidInput naming the place in the filter, as in `filter.all[1].field`; NotFound (tenant); Conflict when the
   * name has another filter
   */
  create(segment: NewSegment): Promise<Segment & { created: boolean }>;
  /** By name. */
  list(tenantId: string): Promise<Segment[]>;
  /** How many contacts it holds now. @throws NotFound */
  count(ref: SegmentRef): Promise<number>;
}

export function createSegments(store: SegmentStore): Segments {
  return {
    create: async (segment) => store.createSegment(parseInput(segmentSchema, segment)),
    list: async (tenantId) => store.listSegments(parseInput(tenantIdSchema, tenantId)),
    count: async (ref) => {
      const { tenantId, segment } = parseInput(refSchema, ref);
      return store.countSegment(tenantId, segment);
    },
  };
}
