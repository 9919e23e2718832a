import { tmpdir } from "node:os";
import { join } from "node:path";
import { MockActivityEnvironment } from "@temporalio/testing";
import { DefaultLogger } from "@temporalio/worker";
import type pg from "pg";
import { createImportContactsActivities } from "../../activities/import-contacts.js";
import type { ImportProgress, ImportSources, ImportStore } from "../../activities/import-ports.js";
import { createLocalFiles } from "../../storage/file-store.js";
import { createImportSources } from "../../storage/import-source.js";
import { createObjectStore } from "../../storage/object-store.js";
import { createImportStore } from "../../db/import-store.js";
import { createImportRows, type NewImport } from "../../db/imports.js";

/** Small, so that a file of some thousand rows has several. */
export const testChunkRows = 1_000;

/** Runs the import activity in this process, as a worker would. */
export async function runImport(
  store: ImportStore,
  importId: string,
  chunkRows = testChunkRows,
  dataFolder = join(tmpdir(), "floe-test-data"),
): Promise<ImportProgress> {
  const activities = createImportContactsActivities({ store, sources: sourcesIn(dataFolder) }, { chunkRows });
  // Injected failures are not worth a log line.
  const environment = new MockActivityEnvironment({ attempt: 1 }, { logger: new DefaultLogger("ERROR") });
  return environment.run((input: { importId: string }) => activities.importContacts(input), { importId });
}

/** Files of this machine, of imports whose own folder is `dataFolder`. */
export function sourcesIn(dataFolder: string): ImportSources {
  const objects = createObjectStore({ dataFolder });
  return createImportSources({ objects, files: createLocalFiles(dataFolder), maxBytes: 1e9 });
}

/** Makes an import and carries it out. */
export async function importFile(
  pool: pg.Pool,
  request: NewImport,
): Promise<ImportProgress & { importId: string }> {
  const { importId } = await createImportRows(pool).createImport(request);
  return { importId, ...(await runImport(createImportStore(pool), importId)) };
}
