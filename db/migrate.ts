import { readdir, readFile } from "node:fs/promises";
import pg from "pg";

const folder = new URL("./migrations/", import.meta.url);
/** Arbitrary, but the same for every process: two that start together must not migrate at once. */
const lockKey = 7_203_811;

interface Migration {
  version: number;
  name: string;
}

/**
 * Brings the schema up to date: numbered files, forward only, each in a transaction of its own with its row in
 * `schema_migrations`. Processes that start together wait for one another. Safe to repeat.
 *
 * @throws the driver's error, with the name of the migration that failed; what came before it stays.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: "floe-migrate" });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [lockKey]);
    const applied = await loadApplied(client);
    const missing = (await listMigrations()).filter(({ version }) => !applied.has(version));
    for (const migration of missing) await apply(client, migration);
    if (missing.length > 0) await client.query("select secure_tenant_tables()");
  } finally {
    // Ends the session, and with it the lock.
    await client.end();
  }
}

async function loadApplied(client: pg.Client): Promise<Set<number>> {
  // Asked first, because `create table if not exists` says so with a notice at every start.
  const { rows: found } = await client.query<{ present: boolean }>(
    "select to_regclass('schema_migrations') is not null as present",
  );
  if (!found[0]?.present) {
    await client.query(
      `create table schema_migrations (
         version int primary key,
         name text not null,
         applied_at timestamptz not null default now()
       )`,
    );
  }
  const { rows } = await client.query<{ version: number }>("select version from schema_migrations");
  return new Set(rows.map((row) => row.version));
}

/** `0002_campaigns_and_ledger.sql` is version 2. */
async function listMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
  const migrations = names.map((name) => ({ version: Number(name.slice(0, 4)), name }));
  const twice = migrations.find(({ version }, at) => migrations[at - 1]?.version === version);
  // The second of two with one number would be taken for applied and never run.
  if (twice) throw new Error(`Two migrations have the number of ${twice.name}.`);
  return migrations;
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  const text = await readFile(new URL(migration.name, folder), "utf8");
  await client.query("begin");
  try {
    await client.query(text);
    await client.query("insert into schema_migrations (version, name) values ($1, $2)", [
      migration.version,
      migration.name,
    ]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw new Error(
      `Migration ${migration.name} failed: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}
