import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createImportRows } from "../../db/imports.js";
import { createImportStore } from "../../db/import-store.js";
import { makeTenant } from "../data/factories.js";
import { runImport, testChunkRows } from "../data/import-harness.js";
import { makeFolder } from "../export/folder.js";
import { testDatabase } from "../setup/stack.js";
import { until } from "../support/until.js";

const rows = 400_000;

it("a process killed while it unpacks and converts begins that again; one killed while it imports goes on: each row once", async () => {
  const { pool, databaseUrl } = await testDatabase();
  const [dataFolder, outside] = [await makeFolder(), await makeFolder()];
  const tenantId = await makeTenant(pool);
  const lines = Array.from({ length: rows }, (_, n) => `c${n}@example.com,Jürgen Größe ${n}`);
  const fileUrl = join(outside, "people.csv.gz");
  await writeFile(
    fileUrl,
    gzipSync(Buffer.from(`email,name\n${lines.join("\n")}\n`, "latin1"), { level: 1 }),
  );
  const { importId } = await createImportRows(pool).createImport({ tenantId, fileUrl });
  const store = createImportStore(pool);
  const uploads = join(dataFolder, "uploads");

  const killWhen = async (what: string, condition: () => Promise<boolean>): Promise<void> => {
    const script = fileURLToPath(new URL("../data/import-process.ts", import.meta.url));
    const args = ["--import", "tsx", script, databaseUrl, importId, dataFolder];
    const child = spawn(process.execPath, args, { stdio: "inherit" });
    const exited = once(child, "exit");
    await until(what, condition);
    child.kill("SIGKILL");
    expect(await exited).toEqual([null, "SIGKILL"]);
  };
  const partOf = async (name: string): Promise<number> => {
    const parts = (await readdir(uploads).catch(() => [])).filter((file) => file.includes(name));
    const sizes = await Promise.all(
      parts.map((file) => stat(join(uploads, file)).catch(() => ({ size: 0 }))),
    );
    return Math.max(0, ...sizes.map(({ size }) => size));
  };
  await killWhen("a part of the unpacked file", async () => (await partOf(".unpacked.")) > 0);
  expect(await store.loadProgress(importId)).toMatchObject({ status: "pending", rowsRead: 0 });
  await killWhen("a part of the converted file", async () => (await partOf(".csv.")) > 0);
  expect(await store.loadProgress(importId)).toMatchObject({ status: "pending", rowsRead: 0 });
  await killWhen("some rows", async () => (await store.loadProgress(importId)).rowsRead > 10_000);
  const { rowsRead } = await store.loadProgress(importId);
  expect(rowsRead).toBeLessThan(rows);

  const done = await runImport(store, importId, 5_000, dataFolder);
  expect(done).toMatchObject({ status: "completed", rowsRead: rows, rowsCreated: rows, rowsRefused: 0 });
  const { rows: found } = await pool.query(
    "select count(*)::int as count, count(distinct email)::int as addresses, min(name) as name from contacts where tenant_id = $1",
    [tenantId],
  );
  expect(found).toEqual([{ count: rows, addresses: rows, name: "Jürgen Größe 0" }]);
  expect(await readdir(uploads)).toEqual([]);
}, 240_000);

it("whatever bytes a file has, every row that is read is imported or refused, and nothing breaks", async () => {
  const { pool } = await testDatabase();
  const [dataFolder, outside] = [await makeFolder(), await makeFolder()];
  const store = createImportStore(pool);
  const tenantId = await makeTenant(pool);
  const cell = fc.oneof(
    fc.constantFrom("ann@example.com", "é@x.de", "=1+1", '"', "\u0000", "a\nb", "\ufeff", "😀", " "),
    fc.string(),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  );
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(
        fc.array(fc.array(cell, { maxLength: 4 }), { maxLength: 20 }),
        fc.constantFrom("utf8", "latin1", "utf16le"),
      )
      .map(([lines, encoding]) =>
        Buffer.from(
          ["email,name", ...lines.map((line) => line.join(","))].join("\n"),
          encoding as BufferEncoding,
        ),
      ),
    fc
      .uint8Array({ maxLength: 500 })
      .map((bytes) => gzipSync(Buffer.concat([Buffer.from("email\n"), Buffer.from(bytes)]))),
    fc
      .uint8Array({ maxLength: 100 })
      .map((bytes) => Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from(bytes)])),
    fc
      .uint8Array({ maxLength: 100 })
      .map((bytes) => Buffer.concat([Buffer.from("PK\u0003\u0004"), Buffer.from(bytes)])),
  );
  await fc.assert(
    fc.asyncProperty(content, async (bytes) => {
      const fileUrl = join(outside, "fuzzed");
      await writeFile(fileUrl, bytes);
      const { importId } = await createImportRows(pool).createImport({ tenantId, fileUrl });
      const { status, error, rowsRead, rowsImported, rowsRefused } = await runImport(
        ...([store, importId, testChunkRows, dataFolder] as const),
      );
      expect(rowsRead).toBe(rowsImported + rowsRefused);
      expect(status === "failed" ? error : status).toBeTruthy();
      expect(["completed", "failed"]).toContain(status);
    }),
    { numRuns: 150 },
  );
}, 120_000);
