import type pg from "pg";
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
import { createObjectStore } from "../storage/object-store.js";

export interface IoWiring {
  orchestration: ImportSteeringActivities & ExportSteeringActivities;
  io: ImportContactsActivities & ExportDataActivities;
  close(): void;
}

/** The part of the wiring that reads and writes files. */
export function wireIo(pool: pg.Pool, config: Pick<Config, "dataFolder" | "s3">): IoWiring {
  const imports = createImportStore(pool);
  const exports = createExportStore(pool);
  const objects = createObjectStore(config);
  return {
    orchestration: { ...createImportSteeringActivities(imports), ...createExportSteeringActivities(exports) },
    io: {
      ...createImportContactsActivities(imports),
      ...createExportDataActivities({ store: exports, sources: createExportSources(pool), objects }),
    },
    close: () => objects.close(),
  };
}
