import { z } from "zod";
import { defaultJobsPerSecond, jobActions, jobKinds, jobStatuses, type JobFilter } from "../domain/jobs.js";
import {
  addressSchema,
  authorship,
  instantSchema,
  pageSizeSchema,
  tenantIdSchema,
  uuidSchema,
} from "./input.js";

const kindSchema = z.enum(jobKinds, `is not a kind of job; one of ${jobKinds.join(", ")}`);
const statusSchema = z.enum(jobStatuses, `is not a status; one of ${jobStatuses.join(", ")}`);
const jobIdSchema = z
  .string()
  .regex(
    /^([1-9]\d{0,17}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i,
    "must be a UUID, or the number of a delivery, as floe.jobs.list shows it",
  )
  .toLowerCase();
const textSchema = z.string().trim().min(1, "is empty").max(200, "is longer than 200 characters");

export const jobFilterFields = {
  kinds: z.array(kindSchema).min(1, "is empty").max(jobKinds.length, "has a kind twice").optional(),
  statuses: z.array(statusSchema).min(1, "is empty").max(jobStatuses.length, "has a status twice").optional(),
  /** Task queue, such as `send-priority-high`, `webhooks` or `io`. */
  queue: textSchema.optional(),
  /** What somebody types: a job's id, an address, or a part of a name or of an error. */
  search: textSchema.optional(),
  recipient: addressSchema.optional(),
  webhookId: uuidSchema.optional(),
  campaignId: uuidSchema.optional(),
  /** In the last error. */
  error: textSchema.optional(),
  createdAfter: instantSchema.optional(),
  createdBefore: instantSchema.optional(),
};

export const jobsSchema = z.strictObject({
  tenantId: tenantIdSchema,
  ...jobFilterFields,
  /** Cursor of the last job of the page before. */
  before: z
    .string()
    .regex(
      /^\d{1,17}~[a-z.-]{1,40}~[0-9a-f-]{1,36}$/i,
      "must be the cursor of a job, as floe.jobs.list shows it",
    )
    .optional(),
  limit: pageSizeSchema,
});
export type JobsQuery = z.input<typeof jobsSchema>;

export const jobCountsSchema = z.strictObject({ tenantId: tenantIdSchema, ...jobFilterFields });
export type JobCountsQuery = z.input<typeof jobCountsSchema>;

export const jobRefSchema = z.strictObject({
  tenantId: tenantIdSchema,
  kind: kindSchema,
  jobId: jobIdSchema,
});
export type JobRefInput = z.input<typeof jobRefSchema>;

export const jobActionSchema = jobRefSchema.extend(authorship);
export type JobActionInput = z.input<typeof jobActionSchema>;

const jobsOfBulkSchema = z
  .array(z.strictObject({ kind: kindSchema, jobId: jobIdSchema }))
  .min(1, "is empty")
  .max(1_000, "has more than 1,000; give a filter instead");

const targetFields = {
  tenantId: tenantIdSchema,
  action: z.enum(jobActions, `must be one of ${jobActions.join(", ")}`),
  /** Exactly these. */
  jobs: jobsOfBulkSchema.optional(),
  ...jobFilterFields,
};

export const bulkPreviewSchema = z.strictObject(targetFields);
export type JobBulkTarget = z.input<typeof bulkPreviewSchema>;

export const bulkSchema = z.strictObject({
  ...targetFields,
  perSecond: z
    .number()
    .min(0.1, "must be at least 0.1")
    .max(10_000, "must be at most 10,000")
    .default(defaultJobsPerSecond),
  /** What the preview has said: when it is another number by now, nothing is started. */
  expected: z.int().min(0).optional(),
  ...authorship,
});
export type JobBulkInput = z.input<typeof bulkSchema>;

export const bulkRefSchema = z.strictObject({ tenantId: tenantIdSchema, bulkId: uuidSchema });
export type JobBulkRefInput = z.input<typeof bulkRefSchema>;

export const bulkSteeringSchema = bulkRefSchema.extend(authorship);
export type JobBulkSteering = z.input<typeof bulkSteeringSchema>;

export const bulksSchema = z.strictObject({
  tenantId: tenantIdSchema,
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type JobBulksQuery = z.input<typeof bulksSchema>;

export const bulkItemStates = ["waiting", "applied", "done", "refused", "cancelled"] as const;

export const bulkItemsSchema = bulkRefSchema.extend({
  state: z.enum(bulkItemStates, `must be one of ${bulkItemStates.join(", ")}`).optional(),
  /** Number of the last item of the page before. */
  after: z.int().min(0).optional(),
  limit: pageSizeSchema,
});
export type JobBulkItemsQuery = z.input<typeof bulkItemsSchema>;

type FilterInput = { [Name in keyof typeof jobFilterFields]?: z.output<(typeof jobFilterFields)[Name]> };

/** What somebody types is an id, an address, or a text. */
export function toJobFilter({ search, ...filter }: FilterInput): JobFilter {
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  return { ...(given as JobFilter), ...(search !== undefined && readSearch(search)) };
}

function readSearch(search: string): JobFilter {
  const id = jobIdSchema.safeParse(search);
  if (id.success) return { jobId: id.data };
  const address = addressSchema.safeParse(search);
  return address.success ? { recipient: address.data } : { text: search };
}
