/** A worker process: `node workers/main.js --role orchestrator|sender|io|all`. */
import { parseArgs } from "node:util";
import { Runtime } from "@temporalio/worker";
import { ConfigInvalid, FloeError } from "../domain/errors.js";
import { loadConfig } from "../runtime/config.js";
import { createLogger } from "../runtime/log.js";
import { startTracing } from "../runtime/tracing.js";
import { isRole, roles, type Role } from "./roles.js";
import { temporalMetrics } from "./temporal-metrics.js";
import { startWorkers } from "./start.js";
import { temporalLogger } from "./temporal-logger.js";

const usage = `Usage: node workers/main.js [--role ${roles.join("|")}]

Runs Floe's workers against the Temporal server, Postgres and Redis that the environment names.

  --role ROLE   orchestrator: workflows and their short activities
                sender:       batches of every lane, each lane with its own slots (QUEUE_CONCURRENCY)
                io:           imports and exports
                all:          everything in one process (default)
  --help        this text

SIGTERM or SIGINT: finishes what is on the wire, gives the rest back, and exits.
`;

async function main(): Promise<void> {
  const role = parseRole();
  const config = loadConfig();
  const log = createLogger(config).child({ role });
  if (!config.startWorkers) {
    log.info("worker.not_started: START_WORKERS is false");
    return;
  }
  // Once a process, before any connection. Signals are handled below: batches first, then connections.
  Runtime.install({
    ...{ logger: temporalLogger(log), shutdownSignals: [] },
    ...temporalMetrics(config.temporalMetricsPort),
  });
  const tracing = await startTracing({ config: config.tracing, service: `floe-${role}`, log });
  const running = await startWorkers({ role, config, log, tracing });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      log.info({ signal }, "worker.stopping");
      running.stop();
    });
  }
  log.info({ metricsPort: running.metricsPort, queues: running.queues }, "worker.ready");
  await running.stopped;
  await tracing?.stop();
  log.info("worker.stopped");
}

function parseRole(): Role {
  const { values } = parseArgs({
    options: { role: { type: "string", default: "all" }, help: { type: "boolean", default: false } },
  });
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  if (!isRole(values.role)) {
    throw new ConfigInvalid([{ field: "--role", problem: `must be one of ${roles.join(", ")}` }]);
  }
  return values.role;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const known = error instanceof FloeError || (error instanceof Error && "code" in error);
    process.stderr.write(
      known ? `${(error as Error).message}\n` : `${(error as Error).stack ?? String(error)}\n`,
    );
    process.exit(1);
  },
);
