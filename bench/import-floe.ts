import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { connectFloe, type Floe } from "../client/connect.js";
import { freePort } from "../runtime/embedded/process.js";
import { environment } from "./floe.js";
import { startProcess, untilHealthy, type BenchProcess } from "./processes.js";
import type { BenchStack, Cleanup } from "./stack.js";
import { peakRssMb } from "./usage.js";

/** Floe as it runs in production: an orchestrator, and a worker of the `io` role that imports. */
export interface Importer {
  /** @returns seconds from the request to the workflow's end. */
  run(file: { path: string; rows: number }): Promise<number>;
  /** Of the importing process so far, in MB; null where there is no `/proc`. */
  peakRssMb(): Promise<number | null>;
  /** Ends the processes, and lets a profiler write its file. */
  stop(): Promise<void>;
}

export async function startImporter(
  stack: BenchStack,
  cleanup: Cleanup,
  profile: string | null,
): Promise<Importer> {
  const env = environment(stack);
  const floe = await connectFloe({
    databaseUrl: stack.postgres.url,
    redisUrl: stack.redis.url,
    temporalAddress: env.TEMPORAL_ADDRESS ?? "",
    namespace: "default",
  });
  cleanup.add(() => floe.close());
  const orchestrator = await startWorker("orchestrator", stack, []);
  const io = await startWorker("io", stack, await profiling(profile));
  return {
    run: (file) => io.unlessEnded(runImport(floe, file)),
    peakRssMb: () => peakRssMb(io.pid),
    stop: async () => void (await Promise.all([io.stop(), orchestrator.stop()])),
  };
}

async function profiling(folder: string | null): Promise<string[]> {
  if (folder === null) return [];
  await mkdir(folder, { recursive: true });
  return ["--cpu-prof", "--cpu-prof-dir", resolve(folder)];
}

async function startWorker(
  role: "orchestrator" | "io",
  stack: BenchStack,
  nodeOptions: string[],
): Promise<BenchProcess> {
  const port = await freePort();
  const worker = await startProcess({
    script: "workers/main.ts",
    args: ["--role", role],
    env: { ...environment(stack), METRICS_PORT: String(port) },
    logFile: join(stack.folder, `floe-${role}.log`),
    nodeOptions,
  });
  await worker.unlessEnded(untilHealthy(`http://127.0.0.1:${port}/health/ready`, 120_000));
  return worker;
}

async function runImport(floe: Floe, { path, rows }: { path: string; rows: number }): Promise<number> {
  const tenantId = `import-${Date.now()}`;
  await floe.tenants.create({ tenantId });
  const begin = performance.now();
  const started = await floe.contacts.import({ tenantId, path });
  const done = await started.result();
  const seconds = (performance.now() - begin) / 1_000;
  if (done.status !== "completed" || done.rowsCreated !== rows) {
    throw new Error(`floe: ${done.status} with ${done.rowsCreated} contacts instead of ${rows}.`);
  }
  return seconds;
}
