import type pg from "pg";
import type { Emails } from "../client/emails.js";
import type { ExportStore } from "../activities/export-ports.js";
import type { ImportNotice, ImportStore } from "../activities/import-ports.js";
import {
  createExportDataActivities,
  createExportSteeringActivities,
  type ExportDataActivities,
  type ExportSteeringActivities,
} from "../activities/export-data.js";
import {
  createImportContactsActivities,
  createImportSteeringActivities,
  type ImportContactsActivities,
  type ImportSteeringActivities,
} from "../activities/import-contacts.js";
import { createExportSources } from "../db/export-sources.js";
import { createExportStore } from "../db/export-store.js";
import { createImportStore } from "../db/import-store.js";
import type { Config } from "../runtime/config.js";
import { createLocalFiles } from "../storage/file-store.js";
import { createImportSources } from "../storage/import-source.js";
import { createObjectStore } from "../storage/object-store.js";
import type { WorkerMetrics } from "./metrics.js";

export interface IoWiring {
  orchestration: ImportSteeringActivities & ExportSteeringActivities;
  io: ImportContactsActivities & ExportDataActivities;
  close(): void;
}

/** The part of the wiring that reads and writes files. */
export function wireIo(
  pool: pg.Pool,
  config: Pick<Config, "dataFolder" | "s3" | "importMaxBytes">,
  { emails, rowsMoved }: { emails: Pick<Emails, "send">; rowsMoved: WorkerMetrics["rowsMoved"] },
): IoWiring {
  const imports = countedImports(createImportStore(pool), rowsMoved);
  const exports = countedExports(createExportStore(pool), rowsMoved);
  const objects = createObjectStore(config);
  return {
    orchestration: {
      ...createImportSteeringActivities(imports, (notice) => sendNotice(emails, notice)),
      ...createExportSteeringActivities(exports),
    },
    io: {
      ...createImportContactsActivities({
        store: imports,
        sources: createImportSources({
          objects,
          files: createLocalFiles(config.dataFolder),
          maxBytes: config.importMaxBytes,
        }),
      }),
      ...createExportDataActivities({ store: exports, sources: createExportSources(pool), objects }),
    },
    close: () => objects.close(),
  };
}

/** As any single email: limited, retried, and seen in the Web UI. */
async function sendNotice(emails: Pick<Emails, "send">, notice: ImportNotice): Promise<void> {
  const { importId, tenantId, email, from, progress } = notice;
  const { status, error, rowsImported, rowsCreated, rowsRefused } = progress;
  await emails.send({
    ...{ tenantId, recipient: email, fromEmail: from },
    ...{ idempotencyKey: `import/${importId}`, actor: `import/${importId}` },
    subject: `Import ${status}: ${rowsImported} rows`,
    text: [
      `Import ${importId} is ${status}.${error === null ? "" : ` ${error}`}`,
      `${rowsImported} rows were imported, ${rowsCreated} of them are new contacts; ${rowsRefused} were refused.`,
    ].join("\n\n"),
  });
}

/** Counts rows as they are committed. */
function countedImports(store: ImportStore, rowsMoved: WorkerMetrics["rowsMoved"]): ImportStore {
  return {
    ...store,
    async commitChunk(importId, chunk) {
      const end = await store.commitChunk(importId, chunk);
      if (end === "committed") {
        rowsMoved("import", "imported", chunk.rowsImported);
        rowsMoved("import", "refused", chunk.refusals.length);
      }
      return end;
    },
  };
}

function countedExports(store: ExportStore, rowsMoved: WorkerMetrics["rowsMoved"]): ExportStore {
  return {
    ...store,
    async complete(owner, written) {
      const kept = await store.complete(owner, written);
      if (kept) rowsMoved("export", "exported", written.rowsWritten);
      return kept;
    },
  };
}
