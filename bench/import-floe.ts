import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { connectFloe, type Floe } from "../client/connect.js";
import { freePort } from "../runtime/embedded/process.js";
import type { Exported, ExportRequest } from "./export-worker.js";
import { environment } from "./floe-workers.js";
import { startProcess, untilHealthy, type BenchProcess } from "./processes.js";
import type { BenchStack, Cleanup } from "./stack.js";
import { peakRssMb } from "./usage.js";

/** Floe as it runs in production: an orchestrator, a worker of the `io` role that imports, and a process that exports. */
export interface FloeContacts {
  /** From the request to the workflow's end. */
  import(file: { tenantId: string; path: string; rows: number }): Promise<void>;
  export(request: ExportRequest & { rows: number }): Promise<void>;
  /** Those that work when contacts move. */
  pids: number[];
  /** So far, in MB; null where there is no `/proc`. */
  peakMb(): Promise<{ importing: number | null; exporting: number | null }>;
  /** Ends the processes, and lets a profiler write its file. */
  stop(): Promise<void>;
}

export interface FloeContactsInput {
  stack: BenchStack;
  cleanup: Cleanup;
  /** Folder of CPU profiles, or null. */
  profile: string | null;
}

export async function startFloeContacts(input: FloeContactsInput): Promise<FloeContacts> {
  const { stack, cleanup } = input;
  const floe = await connectFloe({
    databaseUrl: stack.postgres.url,
    redisUrl: stack.redis.url,
    temporalAddress: stack.temporal?.address ?? "",
    namespace: "default",
  });
  cleanup.add(() => floe.close());
  const orchestrator = await startWorker("orchestrator", stack, []);
  const profiled = await profiling(input.profile);
  const importing = await startWorker("io", stack, profiled);
  const exporting = await startExporter(stack, profiled);
  return {
    import: (file) => importing.unlessEnded(runImport(floe, file)),
    export: (request) => runExport(exporting, request),
    pids: [orchestrator.pid, importing.pid, exporting.pid],
    peakMb: async () => ({
      importing: await peakRssMb(importing.pid),
      exporting: await peakRssMb(exporting.pid),
    }),
    stop: async () => void (await Promise.all([importing, exporting, orchestrator].map((one) => one.stop()))),
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
    script: "dist/workers/main.js",
    args: ["--role", role],
    env: { ...environment(stack), METRICS_PORT: String(port) },
    logFile: join(stack.folder, `floe-${role}.log`),
    nodeOptions,
  });
  await worker.unlessEnded(untilHealthy(`http://127.0.0.1:${port}/health/ready`, 120_000));
  return worker;
}

async function startExporter(stack: BenchStack, nodeOptions: string[]): Promise<BenchProcess> {
  const exporter = await startProcess({
    script: "bench/export-worker.ts",
    env: environment(stack),
    logFile: join(stack.folder, "floe-export.log"),
    nodeOptions,
  });
  await exporter.next();
  return exporter;
}

async function runImport(
  floe: Floe,
  { tenantId, path, rows }: { tenantId: string; path: string; rows: number },
): Promise<void> {
  await floe.tenants.create({ tenantId });
  const started = await floe.contacts.import({ tenantId, path });
  const { status, rowsCreated } = await started.result();
  if (status === "completed" && rowsCreated === rows) return;
  throw new Error(`floe: ${status} with ${rowsCreated} contacts instead of ${rows}.`);
}

async function runExport(
  exporter: BenchProcess,
  { rows, ...request }: ExportRequest & { rows: number },
): Promise<void> {
  const done = exporter.next<Exported>();
  exporter.send(request);
  const exported = await done;
  if (exported.rows !== rows) throw new Error(`floe: exported ${exported.rows} contacts instead of ${rows}.`);
}
