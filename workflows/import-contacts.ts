import { ActivityCancellationType, log, patched, proxyActivities } from "@temporalio/workflow";
import type { ImportContactsActivities, ImportSteeringActivities } from "../activities/import-contacts.js";
import type { ImportProgress } from "../activities/import-ports.js";
import { ioQueue } from "../domain/lanes.js";
import {
  cancelImportSignal,
  importProgressQuery,
  importRevivedSignal,
  type ImportContactsInput,
} from "./import-messages.js";
import { watchWork } from "./watched-work.js";

const io = proxyActivities<ImportContactsActivities>({
  taskQueue: ioQueue,
  // Hours for a file of many million rows; what matters is the heartbeat, which every block of the file sends.
  startToCloseTimeout: "24h",
  heartbeatTimeout: "30s",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "30s" },
  // Not waited for: once the row says cancelled, no attempt can commit anything, wherever it hangs.
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  allowEagerDispatch: false,
});

const steering = proxyActivities<ImportSteeringActivities>({
  startToCloseTimeout: "1m",
  retry: { initialInterval: "500ms", backoffCoefficient: 2, maximumInterval: "30s" },
});

/**
 * One import of contacts from a CSV file: one long activity, watched and cancelled from here. Every fact is in Postgres,
 * so this workflow may be started again with the same input, and the import goes on behind its last committed chunk.
 * A file that cannot be imported ends as `failed` with a sentence; the workflow itself then completes.
 */
export async function importContacts({ importId }: ImportContactsInput): Promise<ImportProgress> {
  return watchWork<ImportProgress>(
    {
      run: () => io.importContacts({ importId }),
      load: () => steering.loadImportProgress({ importId }),
      cancel: () => steering.cancelImport({ importId }),
      describe,
      // Also after a cancel: whoever asked to be told is.
      async ended() {
        if (patched("notify-of-import")) await notify(importId);
      },
    },
    { cancel: cancelImportSignal, revived: importRevivedSignal, progress: importProgressQuery },
  );
}

/** An email that is refused for good leaves the import as it is. */
async function notify(importId: string): Promise<void> {
  await steering.notifyOfImport({ importId }).catch((error: unknown) => {
    log.warn("import.not_notified", { importId, reason: String(error) });
  });
}

function describe({ status, error, totalBytes, processedBytes, rowsImported, rowsRefused }: ImportProgress) {
  const done = totalBytes ? Math.floor((processedBytes * 100) / totalBytes) : 0;
  return {
    percent: status === "completed" ? 100 : done,
    details: `${status}: ${rowsImported} rows imported, ${rowsRefused} refused (${done} %).${error ? ` ${error}` : ""}`,
  };
}
