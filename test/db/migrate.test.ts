import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { migrate } from "../../db/migrate.js";
import { createPool, transaction } from "../../db/pool.js";
import { testDatabase } from "../setup/stack.js";

const { databaseUrl, pool } = await testDatabase();

/** The schema's own database beside the test's: empty. */
async function emptyDatabase(): Promise<string> {
  const name = `${new URL(databaseUrl).pathname.slice(1)}_empty`;
  await pool.query(`create database ${name} template template0`);
  return databaseUrl.replace(/[^/]+$/, name);
}

test("processes that start together migrate once, and the next start finds nothing to do", async () => {
  const url = await emptyDatabase();
  await Promise.all([migrate(url), migrate(url), migrate(url)]);
  await migrate(url);
  const other = createPool(url);
  const { rows } = await other.query<{ name: string }>("select name from schema_migrations order by version");
  const files = (await readdir(new URL("../../db/migrations/", import.meta.url))).filter((name) =>
    name.endsWith(".sql"),
  );
  expect(rows.map((row) => row.name)).toEqual(files.sort());
  await other.end();
  await pool.query(`drop database ${new URL(url).pathname.slice(1)}`);
});

test("a transaction that throws leaves nothing, and its connection is fit for the next", async () => {
  const failed = transaction(pool, async (client) => {
    await client.query("insert into tenants (tenant_id, name) values ('gone', 'Gone')");
    throw new Error("in the middle");
  });
  await expect(failed).rejects.toThrow("in the middle");
  const { rowCount } = await pool.query("select 1 from tenants where tenant_id = 'gone'");
  expect(rowCount).toBe(0);
});

test("dates stay days, and big integers stay exact", async () => {
  const { rows } = await pool.query("select date '2026-03-29' as day, 9007199254740993::int8 as id");
  expect(rows).toEqual([{ day: "2026-03-29", id: "9007199254740993" }]);
});
