import { Client, Connection } from "@temporalio/client";
import { expect, it } from "vitest";
import { testDatabase, testRedis, testTemporal } from "../setup/stack.js";

it("gives each test file a migrated database of its own", async () => {
  const { pool } = await testDatabase();
  const { rows } = await pool.query<{ count: number }>(
    "select count(*)::int as count from schema_migrations",
  );
  expect(rows[0]?.count).toBeGreaterThan(0);
});

it("gives each test file keys of its own", async () => {
  const { redis } = await testRedis();
  await redis.set("a", 1);
  expect(await redis.get("a")).toBe("1");
});

it("gives each test file a namespace that can be searched by tenant", async () => {
  const { address, namespace } = await testTemporal();
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  expect(await client.workflow.count(`TenantId = 'nobody'`)).toMatchObject({ count: 0 });
  await connection.close();
});
