/** `node --import tsx import-process.ts <databaseUrl> <importId> [dataFolder]`: one attempt of an import, to be killed. */
import { importChunkRows } from "../../activities/import-contacts.js";
import { createImportStore } from "../../db/import-store.js";
import { createPool } from "../../db/pool.js";
import { runImport } from "./import-harness.js";

const [databaseUrl, importId, dataFolder] = process.argv.slice(2);
if (!databaseUrl || !importId) throw new Error("usage: import-process.ts <databaseUrl> <importId>");
const pool = createPool(databaseUrl);
await runImport(createImportStore(pool), importId, importChunkRows, dataFolder);
await pool.end();
