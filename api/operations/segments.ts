import { z } from "zod";
import { namePageSchema, tenantIdSchema } from "../../client/input.js";
import {
  filterCountSchema,
  segmentChangeSchema,
  segmentRefSchema,
  segmentSchema,
} from "../../client/segments.js";
import type { SegmentFilter } from "../../domain/segment-filter.js";
import { operation } from "../operation.js";

const segment = z.object({
  segmentId: z.string(),
  tenantId: z.string(),
  name: z.string(),
  filter: z.unknown(),
  createdAt: z.date(),
  updatedAt: z.date(),
});
const count = z.object({ contacts: z.number(), estimated: z.boolean() });
/** Every contact is looked at: about a second a million. Else a sample of more than 50,000. */
const exact = z.boolean().default(false);
const path = "/api/segments";
const one = `${path}/:segment`;
const look = { resource: "segments", level: "read" } as const;
const change = { resource: "segments", level: "write" } as const;

/** The SDK checks every part of a filter. */
const filterOf = (filter: unknown): SegmentFilter => filter as SegmentFilter;

export const segmentOperations = [
  operation({
    ...change,
    ...{ id: "segments.create", method: "post", path, status: 201 },
    summary: "Create a segment; the same one again is left as it is",
    input: segmentSchema,
    output: segment.extend({ created: z.boolean() }),
    call: (floe, input) => floe.segments.create({ ...input, filter: filterOf(input.filter) }),
  }),
  operation({
    ...look,
    ...{ id: "segments.list", method: "get", path, page: { cursor: "name", by: "after" } },
    summary: "Segments by name",
    input: namePageSchema.extend({ tenantId: tenantIdSchema }),
    output: segment,
    call: (floe, { tenantId, ...page }) => floe.segments.list(tenantId, page),
  }),
  operation({
    ...look,
    ...{ id: "segments.count_filter", method: "post", path: `${path}/count` },
    summary: "How many contacts a filter matches, before it is saved; about so many, unless asked exactly",
    input: filterCountSchema.extend({ exact }),
    output: count,
    call: async ({ segments }, { exact: isExact, ...input }) => {
      const of = { ...input, filter: filterOf(input.filter) };
      return isExact ? exactly(await segments.countFilter(of)) : segments.estimateFilter(of);
    },
  }),
  operation({
    ...look,
    ...{ id: "segments.get", method: "get", path: one },
    summary: "One segment, by id or name",
    input: segmentRefSchema,
    output: segment,
    call: (floe, input) => floe.segments.get(input),
  }),
  operation({
    ...look,
    ...{ id: "segments.count", method: "get", path: `${one}/count` },
    summary: "How many contacts a segment holds now; about so many, unless asked exactly",
    input: segmentRefSchema.extend({ exact }),
    output: count,
    call: async ({ segments }, { exact: isExact, ...input }) =>
      isExact ? exactly(await segments.count(input)) : segments.estimate(input),
  }),
  operation({
    ...change,
    ...{ id: "segments.update", method: "patch", path: one, edits: "segments.get" },
    summary: "Give a segment another name or filter; sends that have begun keep theirs",
    input: segmentChangeSchema,
    output: segment,
    call: (floe, { filter, ...input }) =>
      floe.segments.update({ ...input, ...(filter !== undefined && { filter: filterOf(filter) }) }),
  }),
  operation({
    ...change,
    ...{ id: "segments.remove", method: "delete", path: one, edits: "segments.get" },
    summary: "Delete a segment that nothing is sent to",
    input: segmentRefSchema,
    call: (floe, input) => floe.segments.remove(input),
  }),
];

function exactly(contacts: number) {
  return { contacts, estimated: false };
}
