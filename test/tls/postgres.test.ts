import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { connectFloe } from "../../client/connect.js";
import { migrate } from "../../db/migrate.js";
import { createPool } from "../../db/pool.js";
import { startPostgres } from "../../runtime/embedded/postgres.js";
import { postgresAccount } from "../../runtime/embedded/postgres-binaries.js";
import { postgresPart, waitForParts } from "../../runtime/wait-for.js";
import { createAuthority } from "../support/authority.js";

/** Postgres itself speaks TLS here, and wants a certificate of one of its users. */
const folder = await mkdtemp(join(tmpdir(), "floe-tls-"));
await chmod(folder, 0o711);
const [authority, stranger] = await Promise.all([createAuthority("Floe test"), createAuthority("Stranger")]);
const [server, client] = await Promise.all([
  authority.sign("postgres", { dns: ["localhost"] }),
  authority.sign("walled"),
]);
await mkdir(join(folder, "postgres"));
const account = await postgresAccount(join(folder, "postgres", "data"));
const file = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text, { mode: 0o600 });
  if (account && name.startsWith("server")) await chown(path, account.uid, account.gid);
  return path;
};
const files = {
  ca: await file("ca.pem", authority.ca),
  strange: await file("strange.pem", stranger.ca),
  cert: await file("client.pem", client.cert),
  key: await file("client.key", client.key),
};
const access = `hostssl all walled 127.0.0.1/32 scram-sha-256 clientcert=verify-ca
host all all 127.0.0.1/32 scram-sha-256\n`;
const postgres = await startPostgres({
  folder: join(folder, "postgres"),
  durable: false,
  settings: {
    ssl: "on",
    ssl_cert_file: await file("server.pem", server.cert),
    ssl_key_file: await file("server.key", server.key),
    ssl_ca_file: await file("server-ca.pem", authority.ca),
    hba_file: await file("server-hba.conf", access),
  },
});
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

/** With these parameters, by this name and as this user. */
function urlOf(parameters: Record<string, string>, { host = "localhost", user = "" } = {}): string {
  const url = new URL(postgres.url);
  url.hostname = host;
  if (user) [url.username, url.password] = [user, "pass"];
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.toString();
}

async function refusal(databaseUrl: string): Promise<string> {
  const floe = await connectFloe({ databaseUrl, temporalAddress: "127.0.0.1:1" });
  const error: unknown = await floe.tenants.list().catch((thrown: unknown) => thrown);
  await floe.close();
  return error instanceof Error ? error.message : "no error";
}

it("connects by the right authority and name, encrypted", async () => {
  const url = urlOf({ sslmode: "verify-full", sslrootcert: files.ca });
  await waitForParts([postgresPart(url)]);
  await migrate(url);
  const pool = createPool(url);
  const { rows } = await pool.query<{ ssl: boolean }>(
    "select ssl from pg_stat_ssl where pid = pg_backend_pid()",
  );
  expect(rows).toEqual([{ ssl: true }]);
  await pool.end();
  const floe = await connectFloe({ databaseUrl: url, temporalAddress: "127.0.0.1:1" });
  expect(await floe.tenants.list()).toEqual([]);
  await floe.close();
});

it("refuses an authority that is not the server's, and a name that is not, saying what to correct", async () => {
  for (const [url, why] of [
    [urlOf({ sslmode: "verify-full" }), "DATABASE_URL (sslrootcert)"],
    [urlOf({ sslmode: "verify-full", sslrootcert: files.strange }), "DATABASE_URL (sslrootcert)"],
    [urlOf({ sslmode: "verify-full", sslrootcert: files.ca }, { host: "127.0.0.1" }), "DATABASE_URL (host)"],
  ] as const) {
    expect(await refusal(url)).toContain(why);
    await expect(waitForParts([postgresPart(url)], { timeoutMs: 60_000 })).rejects.toThrow(
      `is not trusted: ${why}`,
    );
  }
});

it("shows a certificate of its own where the server wants one", async () => {
  const pool = createPool(urlOf({ sslmode: "verify-full", sslrootcert: files.ca }));
  await pool.query("create role walled login superuser password 'pass'");
  await pool.end();
  const walled = { sslmode: "verify-full", sslrootcert: files.ca };
  expect(await refusal(urlOf(walled, { user: "walled" }))).toContain("DATABASE_URL (sslcert, sslkey)");
  const shown = { ...walled, sslcert: files.cert, sslkey: files.key };
  await waitForParts([postgresPart(urlOf(shown, { user: "walled" }))]);
});
