import { ActivityCancellationType, proxyActivities } from "@temporalio/workflow";
import type { ExportDataActivities, ExportSteeringActivities } from "../activities/export-data.js";
import type { ExportProgress } from "../activities/export-ports.js";
import { ioQueue } from "../domain/lanes.js";
import {
  cancelExportSignal,
  exportProgressQuery,
  exportRevivedSignal,
  type ExportDataInput,
} from "./export-messages.js";
import { watchWork } from "./watched-work.js";

const io = proxyActivities<ExportDataActivities>({
  taskQueue: ioQueue,
  startToCloseTimeout: "24h",
  heartbeatTimeout: "30s",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "30s" },
  // Not waited for: once the row says cancelled, no attempt leaves a file, wherever it hangs.
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  allowEagerDispatch: false,
});

const steering = proxyActivities<ExportSteeringActivities>({
  startToCloseTimeout: "1m",
  retry: { initialInterval: "500ms", backoffCoefficient: 2, maximumInterval: "30s" },
});

/**
 * One export: one long activity, watched and cancelled from here. Started again with the same input, it begins the file
 * anew, or finds it finished. What cannot be exported ends as `failed` with a sentence; the workflow itself then completes.
 */
export async function exportData({ exportId }: ExportDataInput): Promise<ExportProgress> {
  return watchWork<ExportProgress>(
    {
      run: () => io.exportData({ exportId }),
      load: () => steering.loadExportProgress({ exportId }),
      cancel: () => steering.cancelExport({ exportId }),
      describe,
    },
    { cancel: cancelExportSignal, revived: exportRevivedSignal, progress: exportProgressQuery },
  );
}

function describe({ status, error, rowsTotal, rowsWritten, bytes }: ExportProgress) {
  const done = rowsTotal ? Math.floor((rowsWritten * 100) / rowsTotal) : 0;
  const of = rowsTotal === null ? "" : ` of ${rowsTotal}`;
  return {
    percent: status === "completed" ? 100 : done,
    details: `${status}: ${rowsWritten}${of} rows, ${bytes} bytes.${error ? ` ${error}` : ""}`,
  };
}
