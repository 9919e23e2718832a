import { patched, proxyActivities } from "@temporalio/workflow";
import type { ExportDataActivities } from "../activities/export-data.js";
import type { FileCleanupActivities, MaintenanceActivities } from "../activities/maintenance.js";
import type { CleanupLine } from "../activities/recurring-ports.js";
import { ioQueue } from "../domain/lanes.js";
import type { CheckInput, CheckReport, CleanupInput, CleanupReport } from "./recurring-messages.js";

/** Any attempt goes on where the one before stood, so none needs to be long; what matters is the heartbeat. */
const maintenance = proxyActivities<MaintenanceActivities>({
  startToCloseTimeout: "6h",
  heartbeatTimeout: "5m",
  retry: { initialInterval: "5s", backoffCoefficient: 2, maximumInterval: "1m", maximumAttempts: 20 },
});

const files = proxyActivities<FileCleanupActivities & Pick<ExportDataActivities, "removeExpiredExports">>({
  taskQueue: ioQueue,
  startToCloseTimeout: "1h",
  heartbeatTimeout: "5m",
  retry: { initialInterval: "5s", backoffCoefficient: 2, maximumInterval: "1m", maximumAttempts: 20 },
});

/** Daily: what is older than its retention goes, table after table. Killed anywhere and repeated, it removes the rest. */
export async function maintenanceCleanup({ dryRun }: CleanupInput): Promise<CleanupReport> {
  const lines: CleanupLine[] = dryRun
    ? await maintenance.previewCleanup()
    : await maintenance.dropOldPartitions();
  if (!dryRun) {
    for (const table of await maintenance.listCleanupTables()) {
      lines.push(await maintenance.deleteOldRows({ table }));
    }
  }
  if (patched("expired-exports")) lines.push(await files.removeExpiredExports({ dryRun }));
  lines.push(await files.removeOrphanedFiles({ dryRun }));
  return { dryRun, lines };
}

/** Ledger against counters against workflows: reports, and repairs when that is asked for. */
export async function consistencyCheck(input: CheckInput): Promise<CheckReport> {
  return { findings: await maintenance.checkConsistency(input) };
}
