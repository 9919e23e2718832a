import { v7 as uuidv7 } from "uuid";
import type { JobBulk, JobBulkItem, JobBulkRows, JobBulkSteer } from "../db/job-bulks.js";
import type { Job, JobCount, JobStore } from "../db/jobs.js";
import { parseInput } from "./input.js";
import type { JobBulkWorkflow } from "./job-bulk-workflow.js";
import {
  bulkItemsSchema,
  bulkPreviewSchema,
  bulkRefSchema,
  bulkSchema,
  bulksSchema,
  bulkSteeringSchema,
  toJobFilter,
  type JobBulkInput,
  type JobBulkItemsQuery,
  type JobBulkRefInput,
  type JobBulksQuery,
  type JobBulkSteering,
  type JobBulkTarget,
} from "./jobs-input.js";

export type { JobBulk, JobBulkItem } from "../db/job-bulks.js";
export type { JobBulkInput, JobBulkItemsQuery, JobBulkTarget } from "./jobs-input.js";

export interface JobBulkPreview {
  count: number;
  counts: Omit<JobCount, "more">[];
  /** The newest of them. */
  sample: Job[];
}

/**
 * One action on all jobs that a filter matches, as a durable job. Without `statuses` a retry takes up what is failed or dead, a
 * cancel what has not ended, a remove what has; with them also others, where the action fits.
 */
export interface JobBulks {
  /** What it would take up. @throws InvalidInput */
  previewBulk(target: JobBulkTarget): Promise<JobBulkPreview>;
  /**
   * Acts on what matches now; what comes later is not of it. After Unavailable it may stand without running: `resumeBulk` it.
   * @throws InvalidInput, NotFound (tenant), Conflict when nothing matches, or another number than `expected`
   */
  bulk(input: JobBulkInput): Promise<JobBulk>;
  /** Newest first. */
  bulks(query: JobBulksQuery): Promise<JobBulk[]>;
  /** @throws NotFound */
  bulkStatus(ref: JobBulkRefInput): Promise<JobBulk>;
  /** What became of each job, in the order of the list. @throws NotFound */
  bulkItems(query: JobBulkItemsQuery): Promise<JobBulkItem[]>;
  /** Takes up no further jobs. @throws NotFound, Conflict when it has ended */
  pauseBulk(ref: JobBulkSteering): Promise<JobBulk>;
  /** Also one whose workflow was lost. @throws NotFound, Conflict when it has ended */
  resumeBulk(ref: JobBulkSteering): Promise<JobBulk>;
  /** Jobs that it has not reached stay as they are. @throws NotFound, Conflict when it has completed */
  cancelBulk(ref: JobBulkSteering): Promise<JobBulk>;
}

export interface JobBulkPorts {
  store: Pick<JobStore, "countFitting" | "sampleFitting">;
  rows: JobBulkRows;
  workflow: JobBulkWorkflow;
}

const sampleSize = 10;

export function createJobBulks({ store, rows, workflow }: JobBulkPorts): JobBulks {
  const steer = (how: JobBulkSteer) => async (input: JobBulkSteering) => {
    const { tenantId, bulkId, actor, because = null } = parseInput(bulkSteeringSchema, input);
    const bulk = await rows.steerJobBulk({ tenantId, bulkId }, how, { actor, reason: because });
    await workflow.wake(bulk);
    return bulk;
  };
  return {
    async previewBulk(input) {
      const { tenantId, action, jobs, ...asked } = parseInput(bulkPreviewSchema, input);
      const filter = { ...toJobFilter(asked), ...(jobs && { jobs }) };
      const [counts, sample] = await Promise.all([
        store.countFitting(tenantId, filter, action),
        store.sampleFitting(tenantId, filter, action, sampleSize),
      ]);
      return { count: counts.reduce((sum, { count }) => sum + count, 0), counts, sample };
    },
    async bulk(input) {
      const { tenantId, action, jobs, perSecond, expected, actor, because, ...asked } = parseInput(
        bulkSchema,
        input,
      );
      const bulk = await rows.createJobBulk({
        ...{ tenantId, action, perSecond, expected, actor, bulkId: uuidv7(), reason: because ?? null },
        filter: { ...toJobFilter(asked), ...(jobs && { jobs }) },
      });
      await workflow.wake(bulk);
      return bulk;
    },
    bulks: async (query) => {
      const { tenantId, ...page } = parseInput(bulksSchema, query);
      return rows.listJobBulks(tenantId, page);
    },
    bulkStatus: async (ref) => rows.loadJobBulk(parseInput(bulkRefSchema, ref)),
    bulkItems: async (query) => {
      const { tenantId, bulkId, ...page } = parseInput(bulkItemsSchema, query);
      return rows.listItems({ tenantId, bulkId }, page);
    },
    pauseBulk: steer("pause"),
    resumeBulk: steer("resume"),
    cancelBulk: steer("cancel"),
  };
}
