import { proxyActivities, setHandler } from "@temporalio/workflow";
import type { JobBulkActivities } from "../activities/job-bulk.js";
import type { JobBulkProgress } from "../domain/jobs.js";
import { jobBulkChangedSignal, jobBulkProgressQuery, type JobBulkInput } from "./job-bulk-messages.js";
import { takePages } from "./paced-pages.js";

const { jobBulkPage } = proxyActivities<JobBulkActivities>({
  startToCloseTimeout: "10m",
  heartbeatTimeout: "30s",
  retry: { initialInterval: "500ms", backoffCoefficient: 2, maximumInterval: "30s" },
});

/** One action on many jobs, page by page. */
export async function jobBulk({ bulkId }: JobBulkInput): Promise<JobBulkProgress> {
  let latest: JobBulkProgress | null = null;
  const changed = { current: false };
  setHandler(jobBulkChangedSignal, () => void (changed.current = true));
  setHandler(jobBulkProgressQuery, () => latest);
  return takePages<JobBulkProgress>({
    nextPage: () => jobBulkPage({ bulkId }),
    onPage: (progress) => void (latest = progress),
    describe: ({ status, items, done, refused }) =>
      `${status}: ${done} of ${items} done, ${refused} refused.`,
    changed,
    input: { bulkId },
  });
}
