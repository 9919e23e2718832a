/**
 * Brings the schema of DATABASE_URL up to date, and makes the first admin when there are no users. Run before new processes
 * start; safe to repeat.
 */
import { ensureFirstAdmin } from "../dist/client/first-admin.js";
import { migrate } from "../dist/db/migrate.js";
import { loadConfig } from "../dist/runtime/config.js";
import { createLogger } from "../dist/runtime/log.js";

try {
  const config = loadConfig();
  await migrate(config.databaseUrl);
  const admin = await ensureFirstAdmin(config.databaseUrl);
  // Never the password: logs are kept.
  if (admin) {
    createLogger(config, { process: "migrate" }).info(
      {
        userId: admin.userId,
        signInAt: `${config.publicUrl}/sign-in`,
        how: `node dist/cli/floe.js users reset-password ${admin.email}`,
      },
      "users.first_admin",
    );
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
