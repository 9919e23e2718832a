import type { JobAction, JobBulkProgress, JobRef } from "../domain/jobs.js";

/** Jobs that stand changed in Postgres, and whose workflows have to be told. */
export interface AppliedJobs {
  tenantId: string;
  action: JobAction;
  actor: string;
  reason: string | null;
  items: (JobRef & { itemNo: number })[];
}

export interface JobBulkStore {
  /**
   * Changes the next jobs in one transaction with what is kept of each: `applied`, or refused with the reason. Of one that is
   * paused or has ended, none.
   * @throws NotFound
   */
  applyPage(bulkId: string): Promise<{ taken: number; perSecond: number }>;
  /** What is `applied`: a page, and what a process that died has left behind. */
  loadApplied(bulkId: string): Promise<AppliedJobs>;
  /** Their workflows have been told. */
  markDone(bulkId: string, itemNos: number[]): Promise<void>;
  /** Completes one that runs and has nothing left. */
  settleBulk(bulkId: string): Promise<JobBulkProgress>;
}

/** Each workflow of the jobs to be told, once; each may be told again. */
export type PlanTellings = (
  told: Omit<AppliedJobs, "items"> & { jobs: JobRef[] },
) => Promise<(() => Promise<void>)[]>;
