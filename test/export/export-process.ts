/** `node --import tsx export-process.ts <databaseUrl> <exportId> <dataFolder>`: one attempt of an export, to be killed. */
import { createPool } from "../../db/pool.js";
import { runExport } from "./fixture.js";

const [databaseUrl, exportId, dataFolder] = process.argv.slice(2);
if (!databaseUrl || !exportId || !dataFolder)
  throw new Error("usage: export-process.ts <databaseUrl> <exportId> <dataFolder>");
const pool = createPool(databaseUrl);
await runExport({ pool, exportId, dataFolder });
await pool.end();
