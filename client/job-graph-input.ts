import { z } from "zod";
import { checkCron } from "../domain/cron.js";
import { InvalidInput, type FieldProblem } from "../domain/errors.js";
import {
  conditionOps,
  failurePolicies,
  isJobType,
  jobGraphLimits as limits,
  skipPolicies,
  type FailurePolicy,
  type JobCondition,
  type JobGraph,
  type JobType,
  type SkipPolicy,
} from "../domain/job-graph.js";
import { checkJobGraph, type WrittenJob } from "../domain/job-graph-validation.js";
import {
  isText,
  pageSizeSchema,
  parseInput,
  tenantIdSchema,
  timeZoneSchema,
  uuidSchema,
  nameSchema,
} from "./input.js";
import { parseJobInput } from "./job-input.js";

/** A graph as it is written. */
export interface JobGraphInput {
  name: string;
  jobs: {
    name: string;
    type: JobType;
    /** The jobs that must end before; a name alone: this job does not run when that one fails or is skipped. */
    after?: (string | { job: string; onFailure?: FailurePolicy; retries?: number; onSkip?: SkipPolicy })[];
    when?: JobCondition;
    input?: Record<string, unknown>;
  }[];
  schedule?: { cron: string; timeZone?: string };
}

const graphNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}$/,
    "must be 1 to 63 lower-case letters, digits, -, _ or ., beginning with a letter or digit",
  );

const jobNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    "must be 1 to 63 letters, digits, -, _ or ., beginning with a letter or digit",
  );

/** The schema that fits the value's shape: a union would not say which of its parts is wrong. */
function chosen<T>(choose: (value: unknown) => z.ZodType<T>): z.ZodType<T> {
  const schema = z.unknown().transform((value, context) => {
    const parsed = choose(value).safeParse(value, { reportInput: true });
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues)
      context.addIssue(
        isMissing(issue) ? { code: "custom", path: issue.path, message: "is missing" } : { ...issue },
      );
    return z.NEVER;
  });
  // zod would have T awaited.
  return schema;
}

/** Handed on, an issue would take the whole for the input that is not there. */
function isMissing(issue: z.core.$ZodIssue): boolean {
  return issue.code === "invalid_type" && issue.input === undefined;
}

const edgeSchema = z.strictObject({
  job: jobNameSchema,
  onFailure: z.enum(failurePolicies, `must be one of ${failurePolicies.join(", ")}`).default("stop"),
  retries: z
    .int()
    .min(1, "must be at least 1")
    .max(limits.retries, `must be at most ${limits.retries}`)
    .optional(),
  onSkip: z.enum(skipPolicies, `must be one of ${skipPolicies.join(", ")}`).default("skip"),
});
type Edge = z.output<typeof edgeSchema>;

const bareEdgeSchema = jobNameSchema.transform((job): Edge => edgeSchema.parse({ job }));

const scalarSchema = z.union(
  [z.string().max(200).refine(isText), z.number(), z.boolean()],
  "must be a number, true, false or a text of at most 200 characters",
);

const comparisonSchema = z.strictObject({
  job: jobNameSchema,
  path: z.string().min(1, "is empty"),
  op: z.enum(conditionOps, `must be one of ${conditionOps.join(", ")}`),
  value: chosen<z.output<typeof scalarSchema> | z.output<typeof scalarSchema>[]>((value) =>
    Array.isArray(value) ? z.array(scalarSchema).max(100, "has more than 100") : scalarSchema,
  ).optional(),
});
type Condition =
  z.output<typeof comparisonSchema> | { and: Condition[] } | { or: Condition[] } | { not: Condition };

function conditionSchema(depth: number): z.ZodType<Condition> {
  return chosen<Condition>((value) => {
    const shape = typeof value === "object" && value !== null ? value : {};
    if (!("and" in shape || "or" in shape || "not" in shape)) return comparisonSchema;
    if (depth === 0) return tooDeepSchema;
    const part = conditionSchema(depth - 1);
    const parts = z.array(part).min(1, "is empty").max(50, "has more than 50");
    if ("and" in shape) return z.strictObject({ and: parts });
    return "or" in shape ? z.strictObject({ or: parts }) : z.strictObject({ not: part });
  });
}

const tooDeepSchema = z.custom<Condition>(() => false, `is nested deeper than ${limits.conditionDepth}`);

const jobSchema = z.strictObject({
  name: jobNameSchema,
  type: z.string(),
  after: z
    .array(chosen<Edge>((value) => (typeof value === "string" ? bareEdgeSchema : edgeSchema)))
    .max(limits.edgesOfJob, `has more than ${limits.edgesOfJob}`)
    .default([]),
  when: conditionSchema(limits.conditionDepth).optional(),
  input: z.record(z.string(), z.json()).default({}),
});

const graphSchema = z.strictObject({
  name: graphNameSchema,
  jobs: z
    .array(jobSchema)
    .min(1, "is empty; a graph needs a job")
    .max(limits.jobs, `has more than ${limits.jobs}`),
  schedule: z
    .strictObject({
      cron: z.string().superRefine((cron, context) => {
        const problem = checkCron(cron);
        if (problem !== null) context.addIssue({ code: "custom", message: problem });
      }),
      timeZone: timeZoneSchema.default("UTC"),
    })
    .optional(),
});

/** A graph as it is stored. @throws InvalidInput with everything that is wrong, each with its field. */
export function parseJobGraph(input: unknown): JobGraph {
  // As JSON: what is stored, and compared with the version before, has no undefined fields.
  const graph = JSON.parse(JSON.stringify(parseInput(graphSchema, input))) as Omit<JobGraph, "jobs"> & {
    jobs: (WrittenJob & { input: Record<string, unknown> })[];
  };
  const problems: FieldProblem[] = checkJobGraph(graph.jobs);
  const jobs = graph.jobs.map((job, i) => {
    if (!isJobType(job.type)) return job;
    try {
      return { ...job, input: parseJobInput(job.type, job.input, `jobs.${i}.input`) };
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      problems.push(...error.problems);
      return job;
    }
  });
  if (problems.length > 0) throw new InvalidInput(problems);
  return { ...graph, jobs: JSON.parse(JSON.stringify(jobs)) as JobGraph["jobs"] };
}

export const graphRefSchema = z.object({ tenantId: tenantIdSchema, name: graphNameSchema });
/** Names a graph. What `jobGraphs.create` returns may be passed as it is. */
export type GraphRef = z.input<typeof graphRefSchema>;

export const graphRunSchema = z.strictObject({
  tenantId: tenantIdSchema,
  name: graphNameSchema,
  /** A second start of the version with the same key is the same run; absent: a run of its own. */
  runKey: nameSchema.optional(),
});
export type StartGraphRun = z.input<typeof graphRunSchema>;

export const runRefSchema = z.object({ tenantId: tenantIdSchema, runId: uuidSchema });
/** Names a run. What `jobGraphs.run` returns may be passed as it is. */
export type GraphRunRef = z.input<typeof runRefSchema>;

export const graphRunsSchema = z.strictObject({
  tenantId: tenantIdSchema,
  name: graphNameSchema.optional(),
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type GraphRunsQuery = z.input<typeof graphRunsSchema>;
