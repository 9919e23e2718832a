import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import type pg from "pg";
import { connectFloe, type Floe } from "../../client/connect.js";
import { migrate } from "../../db/migrate.js";
import { createPool } from "../../db/pool.js";
import { startPostgres } from "../../runtime/embedded/postgres.js";
import { freePort, startServer } from "../../runtime/embedded/process.js";
import { startRedis } from "../../runtime/embedded/redis.js";
import { startTemporal } from "../../runtime/embedded/temporal.js";
import { buildBundle } from "../../workers/bundle.js";
import type { Role } from "../../workers/roles.js";
import { CrashPart } from "./crash-part.js";
import { testKeys } from "./keys.js";
import { spawnFaultSmtp, type FaultSmtpProcess } from "./fault-smtp-process.js";

/** Batches in flight in the sender process. */
const queueConcurrency = 4;

export interface CrashStack {
  floe: Floe;
  pool: pg.Pool;
  redis: Redis;
  smtp: FaultSmtpProcess;
  temporalAddress: string;
  namespace: string;
  parts: Record<"postgres" | "redis" | "temporal" | "orchestrator" | "sender", CrashPart>;
  /** What the sender that runs now has logged. */
  senderLog(): Promise<string>;
  /** Removes what Redis keeps on disk; only while it is dead. */
  loseRedisData(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The product as it runs on one machine, every part a process of its own on data that outlives it: Postgres, Redis,
 * Temporal, an SMTP server that counts, an orchestrator and a sender under a supervisor.
 * @param more of the workers' environment
 */
export async function startCrashStack(more: Record<string, string> = {}): Promise<CrashStack> {
  const folder = await mkdtemp(join(tmpdir(), "floe-crash-"));
  // Postgres runs under another account when the tests run as root.
  await chmod(folder, 0o711);
  const folders = {
    postgres: join(folder, "postgres"),
    redis: join(folder, "redis"),
    temporal: join(folder, "temporal"),
  };
  const ports = { postgres: await freePort(), redis: await freePort(), temporal: await freePort() };
  const urls = { database: "", redis: "" };
  const server = (name: keyof typeof ports, launch: () => ReturnType<typeof startServer>) =>
    new CrashPart({ name, launch, supervised: false });
  const servers = {
    postgres: server("postgres", async () => {
      const part = await startPostgres({ folder: folders.postgres, port: ports.postgres });
      urls.database = part.url;
      return part;
    }),
    redis: server("redis", async () => {
      const part = await startRedis({ folder: folders.redis, port: ports.redis });
      urls.redis = part.url;
      return part;
    }),
    temporal: server("temporal", () =>
      startTemporal({ folder: folders.temporal, port: ports.temporal, uiPort: null }),
    ),
  };
  const bundle = join(folder, "workflow-bundle.js");
  await writeBundle(bundle);
  const [smtp] = await Promise.all([spawnFaultSmtp(), ...Object.values(servers).map((part) => part.start())]);
  await migrate(urls.database);

  const temporalAddress = `127.0.0.1:${ports.temporal}`;
  const namespace = "default";
  const secret = "a-secret-of-the-crash-tests";
  const publicUrl = "http://localhost:8080";
  // Nothing else of this process's environment: the workers see these parts only.
  const env = {
    DATABASE_URL: urls.database,
    REDIS_URL: urls.redis,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: namespace,
    FLOE_SECRET: secret,
    FLOE_ENCRYPTION_KEYS: testKeys,
    FLOE_DATA: folder,
    PUBLIC_URL: publicUrl,
    METRICS_PORT: "0",
    QUEUE_CONCURRENCY: String(queueConcurrency),
    SMTP_TRANSPORT: "pipelined",
    BATCH_HEARTBEAT_MS: "4000",
    RETRY_BASE_MS: "2000",
    LOG_LEVEL: "warn",
    WORKFLOW_BUNDLE: bundle,
    ...more,
  };
  const workers = {
    orchestrator: worker("orchestrator", env, folder),
    sender: worker("sender", env, folder),
  };
  await Promise.all(Object.values(workers).map((part) => part.start()));

  const redis = new Redis(urls.redis);
  redis.on("error", () => undefined);
  const pool = createPool(urls.database);
  const floe = await connectFloe({
    databaseUrl: urls.database,
    redisUrl: urls.redis,
    temporalAddress,
    namespace,
    secret,
    publicUrl,
    encryptionKeys: testKeys,
    // Told where everything is, the environment has no say.
    ...(more.TIME_ZONE !== undefined && { timeZone: more.TIME_ZONE }),
    warmupEngagement: more.WARMUP_ENGAGEMENT === "true",
  });
  return {
    floe,
    pool,
    redis,
    smtp,
    temporalAddress,
    namespace,
    parts: { ...servers, ...workers },
    senderLog: () => readFile(join(folder, "sender.log"), "utf8"),
    loseRedisData: () => rm(join(folders.redis, "appendonlydir"), { recursive: true }),
    async close() {
      await floe.close();
      await pool.end();
      redis.disconnect();
      await Promise.all(Object.values(workers).map((part) => part.close()));
      await Promise.all([...Object.values(servers).map((part) => part.close()), smtp.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function worker(role: Role, env: NodeJS.ProcessEnv, folder: string): CrashPart {
  const main = new URL("../../workers/main.ts", import.meta.url).pathname;
  return new CrashPart({
    name: role,
    supervised: true,
    launch: () =>
      startServer({
        name: role,
        command: process.execPath,
        args: ["--import", "tsx", main, "--role", role],
        port: 0,
        logFile: join(folder, `${role}.log`),
        stopSignal: "SIGTERM",
        stopGraceMs: 30_000,
        cwd: new URL("../..", import.meta.url).pathname,
        env,
      }),
  });
}

/** Made once: a killed orchestrator is back in the time that Node takes to start. */
async function writeBundle(file: string): Promise<void> {
  const { code } = await buildBundle();
  await writeFile(file, code);
}
