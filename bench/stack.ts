/** The servers all engines share: started for one run of the benchmark, with durable settings, and removed with their data. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startPostgres, type EmbeddedPostgres } from "../runtime/embedded/postgres.js";
import { startRedis, type EmbeddedRedis } from "../runtime/embedded/redis.js";
import { startTemporal, type EmbeddedTemporal } from "../runtime/embedded/temporal.js";
import { stopProcesses } from "./processes.js";

/** Undone in reverse, once, also when the benchmark is interrupted; whoever asks waits for the same end. */
export interface Cleanup {
  add(undo: () => Promise<unknown>): void;
  run(): Promise<void>;
}

export interface BenchStack {
  folder: string;
  postgres: EmbeddedPostgres;
  redis: EmbeddedRedis;
  /** Null when no engine of this run needs it. */
  temporal: EmbeddedTemporal | null;
}

export function createCleanup(): Cleanup {
  const undos: (() => Promise<unknown>)[] = [];
  let running: Promise<void> | undefined;
  const undoAll = async () => {
    for (let undo = undos.pop(); undo; undo = undos.pop()) {
      await undo().catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
    }
  };
  return {
    add: (undo) => void undos.push(undo),
    run: () => (running ??= undoAll()),
  };
}

/** A session that the cleanup ends before its server. */
export async function connectDatabase(url: string, cleanup: Cleanup): Promise<pg.Client> {
  const client = new pg.Client(url);
  // Reported by the next query too; without a listener it would end this process.
  client.on("error", () => undefined);
  await client.connect();
  cleanup.add(() => client.end());
  return client;
}

export async function startStack(cleanup: Cleanup, needs: { temporal: boolean }): Promise<BenchStack> {
  const folder = await mkdtemp(join(tmpdir(), "floe-bench-"));
  cleanup.add(() => rm(folder, { recursive: true, force: true }));
  // Run as root, Postgres is another account, which has to reach its data.
  await chmod(folder, 0o755);
  const postgres = await startPostgres({ folder: join(folder, "postgres") });
  cleanup.add(() => postgres.stop());
  const redis = await startRedis({ folder: join(folder, "redis") });
  cleanup.add(() => redis.stop());
  const temporal = needs.temporal
    ? await startTemporal({ folder: join(folder, "temporal"), uiPort: null })
    : null;
  cleanup.add(async () => temporal?.stop());
  cleanup.add(stopProcesses);
  return { folder, postgres, redis, temporal };
}
