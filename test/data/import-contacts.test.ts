import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ImportStore } from "../../activities/import-ports.js";
import { createContactStore } from "../../db/contacts.js";
import { createImportRows } from "../../db/imports.js";
import { createImportStore } from "../../db/import-store.js";
import { createListStore } from "../../db/lists.js";
import { testDatabase, type TestDatabase } from "../setup/stack.js";
import { csvFolder } from "./csv-folder.js";
import { makeTenant } from "./factories.js";
import { importFile, runImport } from "./import-harness.js";

let database: TestDatabase;
let write: (content: string | Buffer) => Promise<string>;
let tenantId: string;

beforeAll(async () => {
  database = await testDatabase();
  write = await csvFolder();
});

beforeEach(async () => {
  tenantId = await makeTenant(database.pool);
});

function rows(count: number, from = 0): string {
  return Array.from({ length: count }, (_, n) => `c${from + n}@example.com,Ann ${from + n}\n`).join("");
}

describe("an import", () => {
  it("takes its columns from the header, normalises, and keeps each refused row with its line and reason", async () => {
    const { pool } = database;
    const list = await createListStore(pool).createList({ tenantId, name: "news" });
    const path = await write(
      [
        "\ufeffE-Mail,First Name,Plan Type,Time Zone,,Company",
        ' Ann@Example.COM ,Ann,pro,europe/berlin,x,"Smith, Sons"',
        "not-an-address,Bob,pro,,,",
        "cy@example.com,Cy,pro",
        "di@example.com,Di,pro,Mars/Olympus,,",
        "",
        'ed@example.com,"Ed\r\nBcc: x@example.com",pro,,,',
        "fay@example.com,F\u0000ay,pro,,,",
        `gus@example.com,${"g".repeat(17_000)},pro,,,`,
        'hal@example.com,Hal,pro,,"a\nb",',
        "ANN@example.com,,free,,,",
      ].join("\r\n"),
    );
    const done = await importFile(pool, { tenantId, fileUrl: path, list: "news" });
    expect(done).toMatchObject({
      status: "completed",
      rowsRead: 9,
      rowsImported: 2,
      rowsCreated: 1,
      rowsRefused: 7,
    });
    expect(done.processedBytes).toBe(done.totalBytes);

    const refusals = await createImportRows(pool).listRefusals(tenantId, done.importId, { limit: 100 });
    expect(refusals.map(({ line, field, reason }) => [line, field, reason])).toEqual([
      [3, "email", expect.stringContaining("no @")],
      [4, null, "has 3 columns, but the file's first line has 6"],
      [5, "time_zone", "is not a time zone such as Europe/Berlin"],
      [7, "first_name", "contains a line break or control character"],
      [9, "first_name", "contains a line break or control character"],
      [10, "first_name", "is longer than 2000 characters"],
      [11, "col_4", "contains a line break or control character"],
    ]);
    expect(refusals.map(({ raw }) => raw)[0]).toBe("not-an-address,Bob,pro,,,");
    expect(refusals.map(({ raw }) => raw.length)[5]).toBe(16_000);

    const contacts = await createContactStore(pool).listContacts({ tenantId, list: list.listId, limit: 10 });
    expect(contacts).toHaveLength(1);
    expect(contacts[0]).toMatchObject({
      email: "ann@example.com",
      domain: "example.com",
      firstName: "Ann",
      timeZone: "Europe/Berlin",
      attributes: { plan_type: "free", company: "Smith, Sons" },
    });
    expect((await createListStore(pool).loadList(tenantId, "news")).contactCount).toBe(1);
  });

  it("follows a mapping, with or without a header", async () => {
    const path = await write("x,ann@example.com,Berlin\n");
    const mapping = { col_1: "email", col_2: "attributes.city" };
    const done = await importFile(database.pool, {
      tenantId,
      fileUrl: `file://${path}`,
      mapping,
      hasHeader: false,
    });
    expect(done).toMatchObject({ status: "completed", rowsImported: 1 });
    const contact = await createContactStore(database.pool).loadContact(tenantId, "ann@example.com");
    expect(contact.attributes).toEqual({ city: "Berlin" });
  });

  it("commits chunk after chunk and says where it stands", async () => {
    const path = await write(`email,first_name\n${rows(2_500)}bad\n`);
    const done = await importFile(database.pool, { tenantId, fileUrl: path });
    expect(done).toMatchObject({ status: "completed", rowsRead: 2_501, rowsCreated: 2_500, rowsRefused: 1 });
    const { rows: batches } = await database.pool.query(
      "select batch_no, next_line::int, rows_imported, rows_refused from lead_import_batches where import_id = $1 order by 1",
      [done.importId],
    );
    expect(batches).toEqual([
      { batch_no: 0, next_line: 1_002, rows_imported: 1_000, rows_refused: 0 },
      { batch_no: 1, next_line: 2_002, rows_imported: 1_000, rows_refused: 0 },
      { batch_no: 2, next_line: 2_503, rows_imported: 500, rows_refused: 1 },
    ]);
  });

  it("of a header alone is completed with nothing imported", async () => {
    const done = await importFile(database.pool, { tenantId, fileUrl: await write("email,name\n") });
    expect(done).toMatchObject({ status: "completed", rowsRead: 0, rowsImported: 0, error: null });
  });

  it.each([
    ["an empty file", "", "The file is empty."],
    ["a header without an email", "name,city\nAnn,Berlin\n", "No column of the header is named email"],
    ["a header that is not CSV", 'email,"na"me\n', "The first row (line 1) has text behind a closing quote"],
    ["a header in Latin-1", Buffer.from([0x65, 0xe9, 0x0a]), "No column of the header is named email"],
  ])("of %s fails with a sentence and imports nothing", async (_, content, sentence) => {
    const done = await importFile(database.pool, { tenantId, fileUrl: await write(content) });
    expect(done).toMatchObject({ status: "failed", rowsRead: 0, rowsImported: 0 });
    expect(done.error).toContain(sentence);
  });

  it("of a file that is not there, or has too few columns, fails with a sentence", async () => {
    const missing = await importFile(database.pool, { tenantId, fileUrl: "/nowhere/x.csv" });
    expect(missing).toMatchObject({
      status: "failed",
      error: "There is no file /nowhere/x.csv on the machine that imports.",
    });
    const mapping = { col_0: "email", col_7: "name" };
    const narrow = await importFile(database.pool, { tenantId, fileUrl: await write("a,b\n"), mapping });
    expect(narrow).toMatchObject({
      status: "failed",
      error: "The mapping names col_7, but the file has 2 columns.",
    });
  });

  it("continues behind the last committed chunk, and counts nothing twice", async () => {
    const store = createImportStore(database.pool);
    const path = await write(`email,first_name\n${rows(1_500)}bad\n${rows(2_000, 1_500)}`);
    const { importId } = await createImportRows(database.pool).createImport({ tenantId, fileUrl: path });
    await expect(runImport(failingAt(store, 2), importId)).rejects.toThrow("power cut");
    expect(await store.loadProgress(importId)).toMatchObject({
      status: "processing",
      rowsRead: 2_000,
      rowsRefused: 1,
    });
    const done = await runImport(store, importId);
    expect(done).toMatchObject({ status: "completed", rowsRead: 3_501, rowsCreated: 3_500, rowsRefused: 1 });
    // A third attempt finds it ended and leaves it.
    expect(await runImport(store, importId)).toEqual(done);
  });

  it("fails when the file has another size than before", async () => {
    const store = createImportStore(database.pool);
    const { importId } = await createImportRows(database.pool).createImport({
      tenantId,
      fileUrl: await write(`email,first_name\n${rows(1_500)}`),
    });
    await expect(runImport(failingAt(store, 1), importId)).rejects.toThrow("power cut");
    await database.pool.query("update lead_imports set total_bytes = total_bytes + 1 where import_id = $1", [
      importId,
    ]);
    const done = await runImport(store, importId);
    expect(done).toMatchObject({
      status: "failed",
      error: "The file was changed while it was imported.",
      rowsRead: 1_000,
    });
  });

  it("stops at the next chunk once it is cancelled, with true counts", async () => {
    const store = createImportStore(database.pool);
    const path = await write(`email,first_name\n${rows(5_000)}`);
    const { importId } = await createImportRows(database.pool).createImport({ tenantId, fileUrl: path });
    const cancelling: ImportStore = {
      ...store,
      commitChunk: async (id, chunk) => {
        if (chunk.batchNo === 2) {
          await chunk.predecessor;
          await store.finish(id, { status: "cancelled" });
        }
        return store.commitChunk(id, chunk);
      },
    };
    const done = await runImport(cancelling, importId);
    expect(done).toMatchObject({
      status: "cancelled",
      rowsRead: 2_000,
      rowsImported: 2_000,
      rowsCreated: 2_000,
    });
    const { rows: counted } = await database.pool.query(
      "select count(*)::int from contacts where tenant_id = $1",
      [tenantId],
    );
    expect(counted).toEqual([{ count: 2_000 }]);
  });

  it("lets only one of two attempts commit a chunk", async () => {
    const store = createImportStore(database.pool);
    const path = await write(`email,first_name\n${rows(4_000)}`);
    const { importId } = await createImportRows(database.pool).createImport({ tenantId, fileUrl: path });
    const attempts = await Promise.allSettled([runImport(store, importId), runImport(store, importId)]);
    const lost = attempts.filter((attempt) => attempt.status === "rejected");
    expect(lost).toHaveLength(1);
    expect(String(lost[0]?.reason)).toContain("has committed batch");
    expect(await runImport(store, importId)).toMatchObject({
      status: "completed",
      rowsRead: 4_000,
      rowsCreated: 4_000,
    });
  });
});

/** A store whose connection breaks before chunk `batchNo`. */
function failingAt(store: ImportStore, batchNo: number): ImportStore {
  return {
    ...store,
    commitChunk: async (importId, chunk) => {
      if (chunk.batchNo === batchNo) throw new Error("power cut");
      return store.commitChunk(importId, chunk);
    },
  };
}
