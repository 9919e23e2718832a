import { MockActivityEnvironment } from "@temporalio/testing";
import { DefaultLogger } from "@temporalio/worker";
import { parse } from "csv-parse/sync";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import type pg from "pg";
import { createExportDataActivities } from "../../activities/export-data.js";
import type { ExportProgress } from "../../activities/export-ports.js";
import type { Exports } from "../../client/exports.js";
import { createExportSources } from "../../db/export-sources.js";
import { createExportStore } from "../../db/export-store.js";
import { createObjectStore } from "../../storage/object-store.js";

export interface ExportAttempt {
  pool: pg.Pool;
  exportId: string;
  dataFolder: string;
}

/** Runs the export activity in this process, as a worker would. */
export async function runExport({ pool, exportId, dataFolder }: ExportAttempt): Promise<ExportProgress> {
  const activities = createExportDataActivities({
    store: createExportStore(pool),
    sources: createExportSources(pool),
    objects: createObjectStore({ dataFolder }),
  });
  // Injected failures are not worth a log line.
  const environment = new MockActivityEnvironment({ attempt: 1 }, { logger: new DefaultLogger("ERROR") });
  return environment.run((input: { exportId: string }) => activities.exportData(input), { exportId });
}

/** The rows of a finished export, each by its header's names. */
export async function rowsOf(
  exports: Exports,
  ref: { tenantId: string; exportId: string },
): Promise<Record<string, string>[]> {
  const { content, gzip } = await exports.download(ref);
  const bytes = await buffer(content);
  return parse(gzip ? gunzipSync(bytes) : bytes, { columns: true });
}
