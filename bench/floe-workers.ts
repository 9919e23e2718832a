/** Floe as it runs on one machine: the client and the worker processes. */
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { connectFloe, type Floe } from "../client/connect.js";
import { migrate } from "../db/migrate.js";
import { freePort } from "../runtime/embedded/process.js";
import { nodeFlags, type Role } from "../workers/roles.js";
import type { BenchInput } from "./engine.js";
import { startProcess, untilHealthy, type BenchProcess } from "./processes.js";
import type { BenchStack } from "./stack.js";

const encryptionKeys = `bench:${randomBytes(32).toString("base64")}`;

/** Environment of a worker that reads nothing but this stack. */
export function environment({ postgres, redis, temporal, folder }: BenchStack): Record<string, string> {
  return {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    TEMPORAL_ADDRESS: temporal?.address ?? "",
    FLOE_SECRET: "a-secret-of-the-benchmark",
    FLOE_ENCRYPTION_KEYS: encryptionKeys,
    PUBLIC_URL: "https://bench.test",
    FLOE_DATA: folder,
  };
}

/** A client of the stack, whose database has its tables; closed by its user, or else by the cleanup. */
export async function connectClient({ stack, cleanup }: BenchInput): Promise<Floe> {
  await migrate(stack.postgres.url);
  const floe = await connectFloe({
    databaseUrl: stack.postgres.url,
    redisUrl: stack.redis.url,
    temporalAddress: stack.temporal?.address ?? "",
    namespace: "default",
    encryptionKeys,
  });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= floe.close());
  cleanup.add(close);
  return { ...floe, close };
}

export interface WorkerSetup {
  transport: "pipelined" | "nodemailer";
  /** Sender processes. */
  senders: number;
}

export interface FloeWorkers {
  orchestrator: BenchProcess;
  senders: BenchProcess[];
  /** Process trees by part, for `measure`. */
  parts: Record<string, number[]>;
  /** They finish what is on the wire. */
  stop(): Promise<void>;
}

/** One orchestrator and the senders, compiled as in production; ready to work. */
export async function startWorkers(
  { options, stack }: BenchInput,
  { transport, senders }: WorkerSetup,
): Promise<FloeWorkers> {
  const profile = options.profile === null ? null : resolve(options.profile);
  if (profile !== null) await mkdir(profile, { recursive: true });
  const start = async (role: Role, name: string): Promise<BenchProcess> => {
    const port = await freePort();
    const worker = await startProcess({
      script: "dist/workers/main.js",
      args: ["--role", role],
      env: {
        ...environment(stack),
        METRICS_PORT: String(port),
        QUEUE_CONCURRENCY: String(options.slots),
        SMTP_TRANSPORT: transport,
      },
      logFile: join(stack.folder, `floe-${name}.log`),
      // A folder each: the thread that runs workflows leaves a profile too.
      nodeOptions: [
        ...nodeFlags(role),
        ...(profile === null ? [] : ["--cpu-prof", "--cpu-prof-dir", join(profile, name)]),
      ],
    });
    await worker.unlessEnded(untilHealthy(`http://127.0.0.1:${port}/health/ready`, 120_000));
    return worker;
  };
  const [orchestrator, ...sending] = await Promise.all([
    start("orchestrator", "orchestrator"),
    ...Array.from({ length: senders }, (_, no) => start("sender", `sender-${no}`)),
  ]);
  if (!orchestrator) throw new Error("The orchestrator did not start.");
  return {
    orchestrator,
    senders: sending,
    parts: {
      orchestrator: [orchestrator.pid],
      senders: sending.map(({ pid }) => pid),
      Temporal: [stack.temporal?.pid ?? 0],
      Redis: [stack.redis.pid],
      Postgres: [stack.postgres.pid],
    },
    stop: async () => void (await Promise.all([orchestrator, ...sending].map((worker) => worker.stop()))),
  };
}
