import { MockActivityEnvironment } from "@temporalio/testing";
import { DefaultLogger } from "@temporalio/worker";
import type pg from "pg";
import { createImportContactsActivities } from "../../activities/import-contacts.js";
import type { ImportProgress, ImportStore } from "../../activities/import-ports.js";
import { createImportStore } from "../../db/import-store.js";
import { createImportRows, type NewImport } from "../../db/imports.js";

/** Small, so that a file of some thousand rows has several. */
export const testChunkRows = 1_000;

/** Runs the import activity in this process, as a worker would. */
export async function runImport(
  store: ImportStore,
  importId: string,
  chunkRows = testChunkRows,
): Promise<ImportProgress> {
  const activities = createImportContactsActivities(store, { chunkRows });
  // Injected failures are not worth a log line.
  const environment = new MockActivityEnvironment({ attempt: 1 }, { logger: new DefaultLogger("ERROR") });
  return environment.run((input: { importId: string }) => activities.importContacts(input), { importId });
}

/** Makes an import and carries it out. */
export async function importFile(
  pool: pg.Pool,
  request: NewImport,
): Promise<ImportProgress & { importId: string }> {
  const { importId } = await createImportRows(pool).createImport(request);
  return { importId, ...(await runImport(createImportStore(pool), importId)) };
}
