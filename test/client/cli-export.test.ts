import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createByteProgress } from "../../cli/byte-progress.js";
import { createContactStore } from "../../db/contacts.js";
import { createListStore } from "../../db/lists.js";
import { contactRow, makeTenant } from "../data/factories.js";
import { testDatabase, testRedis, type TestDatabase } from "../setup/stack.js";
import { until } from "../support/until.js";
import { floe, type CliEnd } from "./cli-process.js";

let database: TestDatabase;
let environment: Record<string, string>;
let tenantId: string;
let folder: string;

beforeAll(async () => {
  database = await testDatabase();
  const { url } = await testRedis();
  // An export needs Postgres alone: nothing listens on Temporal's port.
  environment = { DATABASE_URL: database.databaseUrl, REDIS_URL: url, TEMPORAL_ADDRESS: "127.0.0.1:9" };
  tenantId = await makeTenant(database.pool);
  await createListStore(database.pool).createList({ tenantId, name: "news" });
  const contacts = createContactStore(database.pool);
  await contacts.upsertContacts(tenantId, [contactRow("ann@example.com", { firstName: "=Ann" })], "news");
  await contacts.upsertContacts(tenantId, [contactRow("bob@example.com")]);
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "floe-export-"));
});

afterEach(() => rm(folder, { recursive: true }));

function run(...args: string[]): Promise<CliEnd> {
  return floe(["contacts", "export", ...args, "--tenant", tenantId], environment);
}

const header = "email,first_name,last_name,name,time_zone\n";

test("contacts leave for a file, a compressed file or the standard output", async () => {
  const [plain, packed] = [join(folder, "people.csv"), join(folder, "people.csv.gz")];
  const ends = await Promise.all([
    run(plain, "--list", "news"),
    run(packed, "--raw", "--json"),
    run("--raw"),
  ]);
  expect(ends.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
    ends.map(() => ({ code: 0, stderr: "" })),
  );
  const [toPlain, toPacked, toOutput] = ends.map(({ stdout }) => stdout);
  expect(toPlain).toBe(`1 contacts are in ${plain}.\n`);
  expect(await readFile(plain, "utf8")).toBe(`${header}ann@example.com,'=Ann,,,\n`);
  expect(JSON.parse(toPacked ?? "")).toMatchObject({ path: packed, rows: 2 });
  expect(toOutput).toBe(`${header}ann@example.com,=Ann,,,\nbob@example.com,,,,\n`);
  expect(gunzipSync(await readFile(packed)).toString()).toBe(toOutput);
}, 120_000);

test("a file that exists stays unless --force is given, and what is refused leaves nothing behind", async () => {
  const there = join(folder, "there.csv");
  await writeFile(there, "mine");
  const [exists, isFolder, noFolder, noList, noSegment] = await Promise.all([
    run(there),
    run(folder, "--force"),
    run(join(folder, "none", "people.csv")),
    run(join(folder, "a.csv"), "--list", "nobodys"),
    run(there, "--force", "--segment", "nobodys"),
  ]);
  expect(exists).toMatchObject({ code: 4, stderr: `${there} exists already; --force replaces it.\n` });
  expect([isFolder.code, isFolder.stderr]).toEqual([2, expect.stringContaining("is a folder")]);
  expect([noFolder.code, noFolder.stderr]).toEqual([2, expect.stringContaining("its folder does not exist")]);
  expect(noList).toMatchObject({ code: 3, stderr: "There is no list nobodys.\n" });
  expect(noSegment).toMatchObject({ code: 3, stderr: "There is no segment nobodys.\n" });
  expect(await readdir(folder)).toEqual(["there.csv"]);
  expect(await readFile(there, "utf8")).toBe("mine");

  expect(await run(there, "--force")).toMatchObject({ code: 0 });
  expect(await readFile(there, "utf8")).toContain("bob@example.com");
}, 120_000);

test("an export that fails on the way leaves no file", async () => {
  const locker = await database.pool.connect();
  try {
    await locker.query("begin");
    await locker.query("lock table contacts");
    const ended = run(join(folder, "people.csv"));
    const pid = await until("the export waits for the table", async () => {
      const { rows } = await database.pool.query<{ pid: number }>(
        `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows[0]?.pid;
    });
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^people\.csv\.\d+\.part$/)]);
    await database.pool.query("select pg_terminate_backend($1)", [pid]);
    const { code, stdout } = await ended;
    expect(code).not.toBe(0);
    expect(stdout).toBe("");
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await locker.query("rollback");
    locker.release();
  }
}, 120_000);

test("who reads the standard output may have enough early", async () => {
  await database.pool.query(
    `insert into contacts (tenant_id, email, domain, name)
     select $1, 'n' || n || '@example.com', 'example.com', repeat('x', 900) from generate_series(1, 5000) n`,
    [tenantId],
  );
  const bin = fileURLToPath(new URL("../../cli/floe.mjs", import.meta.url));
  const child = spawn(process.execPath, [bin, "contacts", "export", "--tenant", tenantId], {
    cwd: folder,
    env: { HOME: folder, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = buffer(child.stderr);
  child.stdout.once("data", () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect([code, (await said).toString()]).toEqual([0, ""]);
}, 120_000);

test("progress is said on a terminal and nothing of it stays, nor changes what passes", async () => {
  const chunks = [Buffer.from("one"), Buffer.from("two"), Buffer.alloc(1_500_000, "x")];
  let said = "";
  const terminal = new Writable({
    write: (text: Buffer, _encoding, done) => {
      said += text.toString();
      done();
    },
  });
  const passed: Buffer[] = [];
  const collect = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) passed.push(chunk);
  };
  await pipeline(Readable.from(chunks), createByteProgress(terminal), collect);
  expect(Buffer.concat(passed).equals(Buffer.concat(chunks))).toBe(true);
  expect(said).toMatch(/^\r0\.0 MB/);
  expect(said.endsWith("\r\u001b[K")).toBe(true);
});
