import { z } from "zod";
import { emailSchema } from "../../client/email-input.js";
import { exportSchema } from "../../client/export-input.js";
import { importSchema } from "../../client/import-input.js";
import { tenantIdSchema } from "../../client/input.js";
import type { JobGraphInput } from "../../client/job-graph-input.js";
import { campaignJobSchema, waitJobSchema } from "../../client/job-input.js";
import {
  conditionOps,
  failurePolicies,
  jobStates,
  skipPolicies,
  type JobGraph,
} from "../../domain/job-graph.js";

/** The shapes of a graph and the names in it; what may stand in them is checked by the SDK. */
const edge = z.object({
  job: z.string(),
  onFailure: z.enum(failurePolicies).optional(),
  retries: z.int().optional(),
  onSkip: z.enum(skipPolicies).optional(),
});
const comparison = z.object({
  job: z.string(),
  path: z.string(),
  op: z.enum(conditionOps),
  value: z.unknown().optional(),
});
const condition: z.ZodType = z.lazy(() =>
  z.union([
    z.object({ and: z.array(condition) }),
    z.object({ or: z.array(condition) }),
    z.object({ not: condition }),
    comparison,
  ]),
);

const common = {
  name: z.string(),
  after: z.array(z.union([z.string(), edge])).optional(),
  when: condition.optional(),
};
const emailJob = z.object(emailSchema.shape).omit({ actor: true }).partial();
const jobs = z.array(
  z.discriminatedUnion("type", [
    z.object({ ...common, type: z.literal("campaign.send"), input: z.object(campaignJobSchema.shape) }),
    z.object({ ...common, type: z.literal("email.send"), input: emailJob }),
    z.object({
      ...common,
      type: z.literal("import.contacts"),
      input: z.object(importSchema.shape).partial(),
    }),
    z.object({ ...common, type: z.literal("export.data"), input: z.object(exportSchema.shape).partial() }),
    z.object({ ...common, type: z.literal("wait"), input: z.object(waitJobSchema.shape) }),
  ]),
);
const shape = {
  name: z.string(),
  jobs,
  schedule: z.object({ cron: z.string(), timeZone: z.string().optional() }).optional(),
};

/** A graph as it is written. */
export const graphFields = z.strictObject(shape);
export const newGraph = z.strictObject({ tenantId: tenantIdSchema, ...shape });

/** What is checked there has the types that the SDK takes. */
export function asWritten(graph: z.input<typeof graphFields>): JobGraphInput {
  return graph as JobGraphInput;
}

const definition = z.object(shape) as unknown as z.ZodType<JobGraph, JobGraph>;

export const savedGraph = z.object({
  graphId: z.string(),
  tenantId: z.string(),
  name: z.string(),
  version: z.number(),
  definition,
  createdAt: z.date(),
});

export const graphRun = z.object({
  runId: z.string(),
  tenantId: z.string(),
  graphId: z.string(),
  graphName: z.string(),
  version: z.number(),
  runKey: z.string(),
  status: z.enum(["running", "completed", "failed", "cancelled"]),
  resumedFrom: z.string().nullable(),
  createdAt: z.date(),
  finishedAt: z.date().nullable(),
});

export const graphRunDetail = graphRun.extend({
  definition,
  jobs: z.array(
    z.object({
      name: z.string(),
      state: z.enum(jobStates),
      attempts: z.number(),
      /** Called as conditions call them. */
      result: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      reason: z.string().nullable(),
      workId: z.string().nullable(),
      reusedFrom: z.string().nullable(),
      startedAt: z.date().nullable(),
      finishedAt: z.date().nullable(),
    }),
  ),
});

export const startedRun = z.object({ tenantId: z.string(), runId: z.string(), created: z.boolean() });

export const scheduleState = z.object({
  paused: z.boolean(),
  note: z.string().nullable(),
  nextRuns: z.array(z.date()),
});
