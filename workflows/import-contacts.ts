import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from "@temporalio/workflow";
import type { ImportContactsActivities, ImportSteeringActivities } from "../activities/import-contacts.js";
import type { ImportProgress } from "../activities/import-ports.js";
import { ioQueue } from "../domain/lanes.js";
import { cancelImportSignal, importProgressQuery, type ImportContactsInput } from "./import-messages.js";
import { searchAttributes } from "./search-attributes.js";

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

/** How often progress is read: soon at first, then rarely, so that long imports keep short histories. */
const firstProgressMs = 2_000;
const slowestProgressMs = 60_000;

/**
 * One import of contacts from a CSV file: one long activity, watched and cancelled from here. Every fact is in Postgres,
 * so this workflow may be started again with the same input, and the import goes on behind its last committed chunk.
 * A file that cannot be imported ends as `failed` with a sentence; the workflow itself then completes.
 */
export async function importContacts(input: ImportContactsInput): Promise<ImportProgress> {
  let progress: ImportProgress | null = null;
  let cancelled = false;
  let settled = false;
  setHandler(importProgressQuery, () => progress);
  setHandler(cancelImportSignal, () => void (cancelled = true));
  // Temporal's own "cancel" comes to the same as the signal.
  CancellationScope.current()
    .cancelRequested.catch(() => void (cancelled = true))
    .catch(() => undefined);

  return CancellationScope.nonCancellable(async () => {
    const reading = new CancellationScope({ cancellable: true });
    const work = reading
      .run(() => io.importContacts({ importId: input.importId }))
      .finally(() => void (settled = true));
    // Awaited below; until then a failure must not count as unhandled.
    work.catch(() => undefined);

    for (
      let everyMs = firstProgressMs;
      !settled && !cancelled;
      everyMs = Math.min(slowestProgressMs, everyMs * 1.5)
    ) {
      if (await condition(() => settled || cancelled, Math.round(everyMs))) break;
      progress = await steering.loadImportProgress({ importId: input.importId });
      show(progress);
    }
    if (cancelled && !settled) {
      await steering.cancelImport({ importId: input.importId });
      reading.cancel();
    }
    progress = await work.catch((error: unknown) => {
      if (isCancellation(error)) return steering.loadImportProgress({ importId: input.importId });
      throw error;
    });
    show(progress);
    return progress;
  });
}

function show(progress: ImportProgress): void {
  const { status, error, totalBytes, processedBytes, rowsImported, rowsRefused } = progress;
  const percent = totalBytes ? Math.floor((processedBytes * 100) / totalBytes) : 0;
  upsertSearchAttributes([{ key: searchAttributes.progress, value: status === "completed" ? 100 : percent }]);
  setCurrentDetails(
    `${status}: ${rowsImported} rows imported, ${rowsRefused} refused (${percent} %).${error ? ` ${error}` : ""}`,
  );
}
