import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { v7 as uuidv7 } from "uuid";
import { createExportRows } from "../../db/exports.js";
import { createExportStore } from "../../db/export-store.js";
import { storedUrl } from "../../storage/location.js";
import { makeTenant } from "../data/factories.js";
import { testDatabase } from "../setup/stack.js";
import { until } from "../support/until.js";
import { makeFolder } from "./folder.js";
import { runExport } from "./fixture.js";

const contacts = 300_000;

it("a process killed in the middle of a file leaves none; the next attempt's is whole, and no part is left", async () => {
  const { pool, databaseUrl } = await testDatabase();
  const dataFolder = await makeFolder();
  const tenantId = await makeTenant(pool);
  await pool.query(
    `insert into contacts (tenant_id, email, domain, name)
     select $1, 'c' || n || '@example.com', 'example.com', E'Line one\nand "two", ' || n from generate_series(1, $2::int) n`,
    [tenantId, contacts],
  );
  const exportId = uuidv7();
  const fileUrl = storedUrl("exports", `${tenantId}/all.csv`);
  await createExportRows(pool).createExport({
    ...{ exportId, tenantId, kind: "contacts", filter: {}, raw: false, gzip: false, fileUrl, keepDays: 7 },
  });
  const folder = join(dataFolder, "exports", tenantId);

  for (const bytes of [1e6, 5e6]) {
    const script = fileURLToPath(new URL("./export-process.ts", import.meta.url));
    const args = ["--import", "tsx", script, databaseUrl, exportId, dataFolder];
    const child = spawn(process.execPath, args, { stdio: "inherit" });
    const exited = once(child, "exit");
    await until(`${bytes} bytes of a part`, async () => (await partBytes(folder)) >= bytes);
    child.kill("SIGKILL");
    expect(await exited).toEqual([null, "SIGKILL"]);
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^all\.csv\..*\.part$/)]);
    expect(await createExportStore(pool).loadProgress(exportId)).toMatchObject({ status: "processing" });
  }

  const done = await runExport({ pool, exportId, dataFolder });
  expect(done).toMatchObject({ status: "completed", rowsWritten: contacts, rowsTotal: contacts });
  expect(await readdir(folder)).toEqual(["all.csv"]);
  const file = await readFile(join(folder, "all.csv"), "utf8");
  expect(Buffer.byteLength(file)).toBe(done.bytes);
  expect(new Set(file.match(/c\d+@example\.com/g)).size).toBe(contacts);
  // Once more, as a lost reply would have it: nothing is done again.
  const { mtimeMs } = await stat(join(folder, "all.csv"));
  expect(await runExport({ pool, exportId, dataFolder })).toEqual(done);
  expect((await stat(join(folder, "all.csv"))).mtimeMs).toBe(mtimeMs);
}, 180_000);

async function partBytes(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).then(({ size }) => size)));
  return Math.max(0, ...sizes);
}
