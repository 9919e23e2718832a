import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { FloeError } from "../../domain/errors.js";
import { endOrphan } from "./orphan.js";
import { canReach, postgresAccount, postgresBinaries, type Account } from "./postgres-binaries.js";
import { freePort, lastWords, startServer, untilReady, type EmbeddedPart } from "./process.js";
import { lastLine } from "./programs.js";

const run = promisify(execFile);

export interface PostgresOptions {
  /** Folder that holds the cluster, its password and its log; made when absent. */
  folder: string;
  /** Default: any free one. */
  port?: number;
  /** False: crash safety is given up for speed. Only for data that nobody misses. Default true. */
  durable?: boolean;
  settings?: Record<string, string>;
}

export interface EmbeddedPostgres extends EmbeddedPart {
  /** Superuser's connection string of database `floe`, which exists. */
  url: string;
}

/**
 * Starts a private Postgres on the loopback address. Its data outlives it; after a `kill -9` it recovers by itself. As
 * root it runs under another account, in /var/lib/floe when that account cannot reach `folder`.
 * @throws FloeError Unavailable with what to do
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  await mkdir(options.folder, { recursive: true });
  const account = await postgresAccount(join(options.folder, "data"));
  const folder = account ? await reachableFolder(options.folder, account) : options.folder;
  const data = join(folder, "data");
  const logFile = join(options.folder, "postgres.log");
  const { bin, major } = await postgresBinaries(account);
  const found = await readFile(join(data, "PG_VERSION"), "utf8").catch(() => null);
  if (found !== null && found.trim() !== major) {
    throw new FloeError(
      "Unavailable",
      `${data} was made by Postgres ${found.trim()}, this is ${major}; choose another folder with --data, or dump and restore it.`,
    );
  }
  const password = await ensurePassword(folder);
  if (found === null) await initialise({ bin, data, password, account });
  await endOrphan({
    pidFile: join(data, "postmaster.pid"),
    program: "postgres",
    hint: data,
    signal: "SIGINT",
  });
  const port = options.port ?? (await freePort());
  const part = await launch({ options, bin, data, port, logFile, account });
  const server = `postgres://postgres:${password}@127.0.0.1:${port}`;
  await untilReady(part, logFile, () => answers(`${server}/postgres`), 120_000);
  await ensureDatabase(`${server}/postgres`);
  return { ...part, url: `${server}/floe` };
}

interface Launch {
  options: PostgresOptions;
  bin: string;
  data: string;
  port: number;
  logFile: string;
  account: Account | null;
}

/** After a `kill -9` the old backends hold the shared memory for a moment: the start is tried again meanwhile. */
async function launch(launch: Launch): Promise<EmbeddedPart> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const part = await startServer({
      name: "Postgres",
      command: join(launch.bin, "postgres"),
      args: ["-D", launch.data, ...flags(launch.options, launch.port)],
      port: launch.port,
      logFile: launch.logFile,
      // Fast shutdown: open sessions are ended, then a checkpoint is written.
      stopSignal: "SIGINT",
      stopGraceMs: 30_000,
      // Not the data folder, which must not be busy, nor ours, which the account may not enter.
      cwd: "/",
      ...launch.account,
    });
    const ended = await Promise.race([part.exited, sleep(300, null)]);
    if (!ended) return part;
    const words = await lastWords(launch.logFile);
    if (Date.now() > deadline || !/shared memory|lock file/.test(await readFile(launch.logFile, "utf8"))) {
      throw new FloeError("Unavailable", `Postgres ended at once. ${words}`);
    }
    await sleep(200);
  }
}

function flags(options: PostgresOptions, port: number): string[] {
  const settings: Record<string, string> = {
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    shared_buffers: "256MB",
    max_connections: "200",
    max_wal_size: "2GB",
    checkpoint_completion_target: "0.9",
    wal_compression: "on",
    // Parallel plans need more of /dev/shm than a container has.
    max_parallel_workers_per_gather: "0",
    log_min_messages: "warning",
    timezone: "UTC",
    ...(options.durable === false
      ? { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }
      : {}),
    ...options.settings,
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/**
 * `folder`, or where its cluster is instead, which a file in it names: deleting the data folder makes a fresh start also
 * then.
 */
async function reachableFolder(folder: string, account: Account): Promise<string> {
  if (await canReach(join(folder, "data"), account)) return folder;
  const pointer = join(folder, "elsewhere");
  const known = await readFile(pointer, "utf8").catch(() => null);
  const own = known?.trim() ?? join("/var/lib/floe", randomBytes(6).toString("hex"));
  await mkdir(own, { recursive: true });
  await chmod(dirname(own), 0o755);
  await chmod(own, 0o755);
  if (known === null) await writeFile(pointer, own);
  return own;
}

async function ensurePassword(folder: string): Promise<string> {
  const file = join(folder, "password");
  const found = await readFile(file, "utf8").catch(() => null);
  if (found !== null) return found.trim();
  const password = randomBytes(18).toString("base64url");
  await writeFile(file, password, { mode: 0o600 });
  return password;
}

interface Initialisation {
  bin: string;
  data: string;
  password: string;
  account: Account | null;
}

async function initialise({ bin, data, password, account }: Initialisation): Promise<void> {
  // Beside the data folder it could not be read by the account; inside, initdb would refuse a folder that is not empty.
  const passwordFile = join("/tmp", `.floe-${basename(dirname(data))}-${randomBytes(6).toString("hex")}`);
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) await chown(passwordFile, account.uid, account.gid);
  // Made under another name: a data folder that was cut short by a Ctrl-C would never start.
  const made = `${data}.new`;
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { mode: 0o700 });
  if (account) await chown(made, account.uid, account.gid);
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  try {
    const access = ["--username=postgres", "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
    await run(join(bin, "initdb"), ["-D", made, ...access, ...locale], { cwd: "/", ...account });
    await rename(made, data);
  } catch (cause) {
    throw new FloeError(
      "Unavailable",
      `Postgres could not make its data folder ${data}: ${lastLine(cause)}`,
      { cause },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query("select from pg_database where datname = 'floe'");
    if (rowCount === 0) await client.query("create database floe");
  } finally {
    await client.end();
  }
}
