/** Brings the schema of DATABASE_URL up to date. Run before new processes start; safe to repeat. */
import { migrate } from "../dist/db/migrate.js";
import { loadConfig } from "../dist/runtime/config.js";

try {
  await migrate(loadConfig().databaseUrl);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
