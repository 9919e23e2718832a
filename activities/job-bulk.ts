import { heartbeat } from "@temporalio/activity";
import type { JobBulkProgress } from "../domain/jobs.js";
import { pacedPauseMs } from "../domain/pacing.js";
import type { JobBulkStore, PlanTellings } from "./job-bulk-ports.js";

export interface JobBulkPage {
  progress: JobBulkProgress;
  /** Before the next page, so that the rate holds. */
  waitMs: number;
}

export interface JobBulkActivities {
  /** Changes one page of jobs and tells their workflows. May be repeated: no job is changed twice. */
  jobBulkPage(input: { bulkId: string }): Promise<JobBulkPage>;
}

export interface JobBulkPorts {
  store: JobBulkStore;
  tellings: PlanTellings;
}

/** Workflows that are told at once: a development server starts some thirty a second. */
const toldAtOnce = 10;

export function createJobBulkActivities({ store, tellings }: JobBulkPorts): JobBulkActivities {
  async function tell(bulkId: string): Promise<void> {
    const { items, ...whose } = await store.loadApplied(bulkId);
    if (items.length === 0) return;
    const planned = await tellings({ ...whose, jobs: items });
    for (let i = 0; i < planned.length; i += toldAtOnce) {
      await Promise.all(planned.slice(i, i + toldAtOnce).map((one) => one()));
      heartbeat();
    }
    await store.markDone(
      bulkId,
      items.map(({ itemNo }) => itemNo),
    );
  }

  return {
    async jobBulkPage({ bulkId }) {
      const beganMs = Date.now();
      // What an attempt that died has left behind goes first, whether it is paused by now or not.
      await tell(bulkId);
      const { taken, perSecond } = await store.applyPage(bulkId);
      if (taken > 0) await tell(bulkId);
      const progress = await store.settleBulk(bulkId);
      return { progress, waitMs: pacedPauseMs(taken, perSecond, Date.now() - beganMs) };
    },
  };
}
