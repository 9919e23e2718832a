import { z } from "zod";
import { jobActionSchema, jobCountsSchema, jobRefSchema, jobsSchema } from "../../client/jobs-input.js";
import { jobActions, jobKinds, jobStatuses } from "../../domain/jobs.js";
import { operation } from "../operation.js";

export const job = z.object({
  kind: z.enum(jobKinds),
  jobId: z.string(),
  tenantId: z.string(),
  status: z.enum(jobStatuses),
  state: z.string(),
  title: z.string(),
  endpoint: z.string().nullable(),
  campaignId: z.string().nullable(),
  queue: z.string(),
  attempts: z.number().nullable(),
  error: z.string().nullable(),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
  nextAttemptAt: z.date().nullable(),
  actions: z.array(z.enum(jobActions)),
  cursor: z.string(),
});

const detail = job.extend({
  workflowId: z.string(),
  /** What it was asked to do, in the words of its kind. */
  payload: z.record(z.string(), z.unknown()),
  attemptLog: z.array(
    z.object({
      attempt: z.number(),
      at: z.date().nullable(),
      error: z.string().nullable(),
      outcome: z.record(z.string(), z.unknown()),
    }),
  ),
  parts: z.array(
    z.object({
      name: z.string(),
      state: z.string(),
      startedAt: z.date().nullable(),
      finishedAt: z.date().nullable(),
      detail: z.record(z.string(), z.unknown()),
    }),
  ),
  removedAt: z.date().nullable(),
});

const counts = z.object({
  kind: z.enum(jobKinds),
  status: z.enum(jobStatuses),
  count: z.number(),
  /** There are more than were looked at. */
  more: z.boolean(),
});

const path = "/api/jobs";
const one = `${path}/:kind/:job_id`;
const common = { resource: "jobs" } as const;
const looking = { ...common, method: "get", level: "read" } as const;
/** The SDK writes who did it, and why, with the change. */
const acting = {
  ...common,
  method: "post",
  level: "write",
  recorded: true,
  edits: "jobs.get",
  input: jobActionSchema,
  output: detail,
} as const;

export const jobOperations = [
  operation({
    ...looking,
    ...{ id: "jobs.list", path },
    summary:
      "All work, whatever its kind, newest first; by kind, status, queue, address, endpoint, error, time",
    input: jobsSchema,
    output: job,
    page: { cursor: "cursor", by: "before" },
    call: (floe, input) => floe.jobs.walk(input),
  }),
  operation({
    ...looking,
    ...{ id: "jobs.counts", path: `${path}/counts` },
    summary: "How many match, by kind and status, of the newest 5,000 of each",
    input: jobCountsSchema,
    output: counts,
    isList: true,
    call: (floe, input) => floe.jobs.counts(input),
  }),
  operation({
    ...looking,
    ...{ id: "jobs.get", path: one },
    summary: "One job: what it was asked to do, its attempts, its parts, what may be done to it",
    input: jobRefSchema,
    output: detail,
    call: (floe, input) => floe.jobs.get(input),
  }),
  operation({
    ...acting,
    ...{ id: "jobs.retry", path: `${one}/retry` },
    summary: "Take it up again, with no attempts spent",
    call: (floe, input) => floe.jobs.retry(input),
  }),
  operation({
    ...acting,
    ...{ id: "jobs.cancel", path: `${one}/cancel` },
    summary: "End it; what has left cannot be called back",
    call: (floe, input) => floe.jobs.cancel(input),
  }),
  operation({
    ...acting,
    ...{ id: "jobs.remove", path: `${one}/remove` },
    summary: "Take it out of the list, cancelled first if it runs; what it did stays counted",
    call: (floe, input) => floe.jobs.remove(input),
  }),
];
