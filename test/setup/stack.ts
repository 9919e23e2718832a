import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import pg from "pg";
import { afterAll, inject } from "vitest";
import { createPool } from "../../db/pool.js";
import { testNamespaces } from "./global.js";

export interface TestDatabase {
  databaseUrl: string;
  pool: pg.Pool;
}

/** A migrated database of the test file's own, dropped after it. */
export async function testDatabase(): Promise<TestDatabase> {
  const server = inject("stack").postgres;
  const name = `test_${randomBytes(6).toString("hex")}`;
  await administer(server, `create database ${name} template floe_template strategy file_copy`);
  const databaseUrl = `${server}/${name}`;
  const pool = createPool(databaseUrl);
  afterAll(async () => {
    await pool.end();
    await administer(server, `drop database if exists ${name} with (force)`);
  });
  return { databaseUrl, pool };
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${server}/postgres` });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export interface TestRedis {
  /** Puts `prefix` before every key by itself. */
  redis: Redis;
  url: string;
  prefix: string;
}

/** The shared Redis with keys of the test file's own, removed after it. */
export async function testRedis(): Promise<TestRedis> {
  const url = inject("stack").redis;
  const prefix = `t${randomBytes(4).toString("hex")}:`;
  const redis = new Redis(url, { keyPrefix: prefix });
  afterAll(async () => {
    redis.disconnect();
    const bare = new Redis(url);
    for await (const keys of bare.scanStream({ match: `${prefix}*`, count: 1_000 }) as AsyncIterable<
      string[]
    >) {
      if (keys.length > 0) await bare.unlink(keys);
    }
    bare.disconnect();
  });
  return { redis, url, prefix };
}

export interface TestTemporal {
  address: string;
  namespace: string;
}

/** A namespace of the shared development server that no other test file uses; its search attributes are registered. */
export async function testTemporal(): Promise<TestTemporal> {
  const { redis: url, temporal: address } = inject("stack");
  const redis = new Redis(url);
  const taken = await redis.incr("test:namespaces");
  redis.disconnect();
  const namespace = testNamespaces[taken - 1];
  if (!namespace)
    throw new Error("Every test namespace is taken: raise their number in test/setup/global.ts.");
  return { address, namespace };
}
