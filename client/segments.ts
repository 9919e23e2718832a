import { z } from "zod";
import type { ContactEstimate } from "../db/segment-counts.js";
import type { Segment, SegmentStore } from "../db/segments.js";
import type { SegmentFilter } from "../domain/segment-filter.js";
import { namePageSchema, nameSchema, parseInput, tenantIdSchema, type NamePage } from "./input.js";

export type { ContactEstimate } from "../db/segment-counts.js";
export type { Segment } from "../db/segments.js";

/** The store checks every part of it. */
const filterSchema = z.unknown();

export const segmentSchema = z.strictObject({
  tenantId: tenantIdSchema,
  name: nameSchema,
  filter: filterSchema,
});
export interface NewSegment {
  tenantId: string;
  name: string;
  filter: SegmentFilter;
}

/** `segment`: id or name. */
export const segmentRefSchema = z.strictObject({ tenantId: tenantIdSchema, segment: nameSchema });
export type SegmentRef = z.input<typeof segmentRefSchema>;

/** What is left out stays. */
export const segmentChangeSchema = segmentRefSchema.extend({
  name: nameSchema.optional(),
  filter: filterSchema.optional(),
});
export type SegmentChange = SegmentRef & { name?: string | undefined; filter?: SegmentFilter | undefined };

export const filterCountSchema = z.strictObject({ tenantId: tenantIdSchema, filter: filterSchema });

export interface Segments {
  /**
   * Safe to repeat with the same filter.
   * @throws InvalidInput naming the place in the filter, as in `filter.all[1].field`; NotFound (tenant); Conflict when the
   * name has another filter
   */
  create(segment: NewSegment): Promise<Segment & { created: boolean }>;
  /** By name: all, or a page. */
  list(tenantId: string, page?: NamePage): Promise<Segment[]>;
  /** @throws NotFound */
  get(ref: SegmentRef): Promise<Segment>;
  /** Another name or filter; sends that have taken their snapshot keep it. @throws InvalidInput, NotFound, Conflict */
  update(change: SegmentChange): Promise<Segment>;
  /** @throws NotFound, Conflict while something is, or was, sent to it */
  remove(ref: SegmentRef): Promise<void>;
  /** How many contacts it holds now: every one of the tenant's is looked at, a second a million. @throws NotFound */
  count(ref: SegmentRef): Promise<number>;
  /** The same; of more than 50,000 contacts by a sample, in a moment. @throws NotFound */
  estimate(ref: SegmentRef): Promise<ContactEstimate>;
  /** How many contacts a filter matches, before it is saved. @throws InvalidInput naming the place in it */
  countFilter(of: { tenantId: string; filter: SegmentFilter }): Promise<number>;
  /** As `estimate`. @throws InvalidInput naming the place in it */
  estimateFilter(of: { tenantId: string; filter: SegmentFilter }): Promise<ContactEstimate>;
}

export function createSegments(store: SegmentStore): Segments {
  return {
    create: async (segment) => store.createSegment(parseInput(segmentSchema, segment)),
    list: async (tenantId, page) =>
      store.listSegments(parseInput(tenantIdSchema, tenantId), parseInput(namePageSchema.optional(), page)),
    get: async (ref) => {
      const { tenantId, segment } = parseInput(segmentRefSchema, ref);
      return store.loadSegment(tenantId, segment);
    },
    update: async (input) => {
      const { tenantId, segment, ...change } = parseInput(segmentChangeSchema, input);
      return store.changeSegment(tenantId, segment, change);
    },
    remove: async (ref) => {
      const { tenantId, segment } = parseInput(segmentRefSchema, ref);
      return store.removeSegment(tenantId, segment);
    },
    count: async (ref) => {
      const { tenantId, segment } = parseInput(segmentRefSchema, ref);
      return store.countSegment(tenantId, segment);
    },
    estimate: async (ref) => {
      const { tenantId, segment } = parseInput(segmentRefSchema, ref);
      return store.estimateSegment(tenantId, segment);
    },
    estimateFilter: async (of) => {
      const { tenantId, filter } = parseInput(filterCountSchema, of);
      return store.estimateFilter(tenantId, filter);
    },
    countFilter: async (of) => {
      const { tenantId, filter } = parseInput(filterCountSchema, of);
      return store.countFilter(tenantId, filter);
    },
  };
}
