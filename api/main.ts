import { FloeError } from "../domain/errors.js";
import { loadConfig } from "../runtime/config.js";
import { createLogger } from "../runtime/log.js";
import { startTracing } from "../runtime/tracing.js";
import { startApi } from "./server.js";

/** The API process: says `api.ready` with its port, ends on SIGTERM or SIGINT once everything is answered and written. */
async function main(): Promise<void> {
  const config = loadConfig();
  const log = createLogger(config, { process: "api" });
  const tracing = await startTracing({ config: config.tracing, service: "floe-api", log });
  const api = await startApi(config, log, { tracing, watchesTemporal: config.applySchedules });
  log.info({ port: api.port }, "api.ready");

  let closing = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (closing) return;
    closing = true;
    log.info({ signal }, "api.stopping");
    const closed = api.close().then(() => tracing?.stop());
    closed.then(
      () => log.info("api.stopped"),
      (error: unknown) => {
        log.error({ err: error }, "api.stop_failed");
        process.exitCode = 1;
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

main().catch((error: unknown) => {
  // A wrong environment or a taken port is told in sentences; only the unexpected shows where it came from.
  const text =
    error instanceof FloeError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text ?? "unknown error"}\n`);
  process.exitCode = 1;
});
