import { z } from "zod";
import {
  bulkItemsSchema,
  bulkItemStates,
  bulkPreviewSchema,
  bulkRefSchema,
  bulkSchema,
  bulksSchema,
  bulkSteeringSchema,
} from "../../client/jobs-input.js";
import { jobActions, jobKinds, jobStatuses } from "../../domain/jobs.js";
import { operation } from "../operation.js";
import { job } from "./jobs.js";

const bulk = z.object({
  bulkId: z.string(),
  tenantId: z.string(),
  action: z.enum(jobActions),
  status: z.enum(["running", "paused", "completed", "cancelled"]),
  perSecond: z.number(),
  items: z.number(),
  done: z.number(),
  refused: z.number(),
  actor: z.string(),
  reason: z.string().nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
  finishedAt: z.date().nullable(),
});

const item = z.object({
  itemNo: z.number(),
  kind: z.enum(jobKinds),
  jobId: z.string(),
  state: z.enum(bulkItemStates),
  reason: z.string().nullable(),
});

const preview = z.object({
  count: z.number(),
  counts: z.array(z.object({ kind: z.enum(jobKinds), status: z.enum(jobStatuses), count: z.number() })),
  sample: z.array(job),
});

const path = "/api/jobs/bulks";
const one = `${path}/:bulk_id`;
const common = { resource: "jobs" } as const;
const looking = { ...common, method: "get", level: "read" } as const;
/** The SDK writes who did it, and why, with the change. */
const acting = { ...common, method: "post", level: "write", recorded: true } as const;
const steering = { ...acting, input: bulkSteeringSchema, output: bulk, edits: "job_bulks.get" } as const;

export const jobBulkOperations = [
  operation({
    ...common,
    ...{ id: "job_bulks.preview", method: "post", level: "read", path: `${path}/preview` },
    summary: "What an action on all that a filter matches would take up: how many, and the newest of them",
    input: bulkPreviewSchema,
    output: preview,
    call: (floe, input) => floe.jobs.previewBulk(input),
  }),
  operation({
    ...acting,
    ...{ id: "job_bulks.start", path, status: 202 },
    summary: "Retry, cancel or remove all jobs that a filter matches, or these, as a durable job",
    input: bulkSchema,
    output: bulk,
    call: (floe, input) => floe.jobs.bulk(input),
  }),
  operation({
    ...looking,
    ...{ id: "job_bulks.list", path },
    summary: "Actions on many jobs, newest first",
    input: bulksSchema,
    output: bulk,
    page: { cursor: "bulkId", by: "before" },
    call: (floe, input) => floe.jobs.bulks(input),
  }),
  operation({
    ...looking,
    ...{ id: "job_bulks.get", path: one },
    summary: "How an action on many jobs stands",
    input: bulkRefSchema,
    output: bulk,
    call: (floe, input) => floe.jobs.bulkStatus(input),
  }),
  operation({
    ...looking,
    ...{ id: "job_bulks.items", path: `${one}/items` },
    summary: "What became of each of its jobs",
    input: bulkItemsSchema,
    output: item,
    page: { cursor: "itemNo", by: "after" },
    call: (floe, input) => floe.jobs.bulkItems(input),
  }),
  operation({
    ...steering,
    ...{ id: "job_bulks.pause", path: `${one}/pause` },
    summary: "Take up no further jobs",
    call: (floe, input) => floe.jobs.pauseBulk(input),
  }),
  operation({
    ...steering,
    ...{ id: "job_bulks.resume", path: `${one}/resume` },
    summary: "Go on; also one whose workflow was lost",
    call: (floe, input) => floe.jobs.resumeBulk(input),
  }),
  operation({
    ...steering,
    ...{ id: "job_bulks.cancel", path: `${one}/cancel` },
    summary: "End it; jobs that it has not reached stay as they are",
    call: (floe, input) => floe.jobs.cancelBulk(input),
  }),
];
