import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { migrate } from "../../db/migrate.js";
import { startPostgres } from "../../runtime/embedded/postgres.js";
import { startRedis } from "../../runtime/embedded/redis.js";
import { startTemporal } from "../../runtime/embedded/temporal.js";

/** Where the servers that all test files share listen. */
export interface SharedStack {
  /** Superuser's connection string, without a database. */
  postgres: string;
  redis: string;
  temporal: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    stack: SharedStack;
  }
}

/** Namespaces made at start, because one that is made later takes seconds to be known everywhere. */
export const testNamespaces = Array.from({ length: 110 }, (_, index) => `test-${index + 1}`);

/** Starts real servers once for the whole run: nothing in them is durable, so that the tests are quick. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "floe-test-"));
  // Postgres runs under another account when the tests run as root.
  await chmod(folder, 0o711);
  const starting = [
    startPostgres({ folder: join(folder, "postgres"), durable: false }),
    startRedis({ folder: join(folder, "redis"), durable: false }),
    startTemporal({
      folder: join(folder, "temporal"),
      uiPort: null,
      namespaces: testNamespaces,
      durable: false,
    }),
  ] as const;
  const stop = async (): Promise<void> => {
    const started = await Promise.allSettled(starting);
    await Promise.all(started.flatMap((part) => (part.status === "fulfilled" ? [part.value.stop()] : [])));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [postgres, redis, temporal] = await Promise.all(starting);
    const server = postgres.url.replace(/\/floe$/, "");
    await makeTemplate(server);
    project.provide("stack", { postgres: server, redis: redis.url, temporal: temporal.address });
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A migrated database that every test file gets a copy of: copying takes a tenth of migrating. */
async function makeTemplate(server: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${server}/postgres` });
  await client.connect();
  await client.query("create database floe_template");
  await client.end();
  await migrate(`${server}/floe_template`);
}
