import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { Redis } from "ioredis";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startPostgres } from "../../runtime/embedded/postgres.js";
import { freePort } from "../../runtime/embedded/process.js";
import { startRedis } from "../../runtime/embedded/redis.js";
import { startTemporal, temporalTestServerProgram } from "../../runtime/embedded/temporal.js";
import { keepRunning } from "../../runtime/start/keep-running.js";
import { testDatabase, testRedis, testTemporal } from "../setup/stack.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "floe-embedded-"));
  await chmod(folder, 0o711);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("each test file", () => {
  it("has a migrated database of its own", async () => {
    const { pool } = await testDatabase();
    const { rows } = await pool.query<{ count: number }>(
      "select count(*)::int as count from schema_migrations",
    );
    expect(rows[0]?.count).toBeGreaterThan(0);
  });

  it("has keys of its own", async () => {
    const { redis } = await testRedis();
    await redis.set("a", 1);
    expect(await redis.get("a")).toBe("1");
  });

  it("has a namespace that can be searched by tenant", async () => {
    const { address, namespace } = await testTemporal();
    const connection = await Connection.connect({ address });
    const client = new Client({ connection, namespace });
    expect(await client.workflow.count(`TenantId = 'nobody'`)).toMatchObject({ count: 0 });
    await connection.close();
  });

  it("has a time-skipping test server", async () => {
    expect(await temporalTestServerProgram()).toContain("temporal-test-server");
  });
});

describe("after a kill -9", () => {
  it("Postgres starts again on the same port with what was committed", async () => {
    const options = { folder: join(folder, "postgres"), port: await freePort() };
    const first = await startPostgres(options);
    await query(first.url, "create table kept (n int); insert into kept values (7)");
    process.kill(first.pid, "SIGKILL");
    expect(await first.exited).toMatchObject({ signal: "SIGKILL" });
    const second = await startPostgres(options);
    expect(await query(second.url, "select n from kept")).toEqual([{ n: 7 }]);
    await second.stop();
  });

  it("Redis starts again with what was written", async () => {
    const options = { folder: join(folder, "redis") };
    const first = await startRedis(options);
    const redis = new Redis(first.url, { retryStrategy: () => null });
    redis.on("error", () => undefined);
    await redis.set("kept", "yes");
    process.kill(first.pid, "SIGKILL");
    await first.exited;
    const second = await startRedis(options);
    const again = new Redis(second.url);
    expect(await again.get("kept")).toBe("yes");
    again.disconnect();
    await second.stop();
  });

  it("Temporal starts again with its workflows and search attributes", async () => {
    const options = { folder: join(folder, "temporal"), uiPort: null };
    const first = await startTemporal(options);
    const connection = await Connection.connect({ address: first.address });
    const start = { taskQueue: "nobody", workflowId: "kept", args: [] };
    await new Client({ connection }).workflow.start("anything", start);
    await connection.close();
    process.kill(first.pid, "SIGKILL");
    await first.exited;
    const second = await startTemporal(options);
    const after = await Connection.connect({ address: second.address });
    const found = await new Client({ connection: after }).workflow.getHandle("kept").describe();
    expect(found.status.name).toBe("RUNNING");
    await after.close();
    await second.stop();
  });
});

it("a kept part that dies is started again, and says so", async () => {
  const said: string[] = [];
  const port = await freePort();
  const start = () => startRedis({ folder: join(folder, "kept"), port });
  const kept = await keepRunning({ start, say: (sentence) => said.push(sentence), firstWaitMs: 10 });
  const { pid } = kept.current();
  process.kill(pid, "SIGKILL");
  await vi.waitFor(() => expect(said).toContain("Redis is back."), 20_000);
  expect(said[0]).toBe("Redis ended (signal SIGKILL); starting it again.");
  expect(kept.current().pid).not.toBe(pid);
  await kept.stop();
});

it("a port that somebody else took is told in a sentence", async () => {
  const first = await startRedis({ folder: join(folder, "one") });
  await expect(startRedis({ folder: join(folder, "two"), port: first.port })).rejects.toThrow(
    `Port ${first.port} for Redis is taken`,
  );
  await first.stop();
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(text);
  await client.end();
  return rows;
}
