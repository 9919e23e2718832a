import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createImportRows } from "../../db/imports.js";
import { NotFound } from "../../domain/errors.js";
import { testDatabase, type TestDatabase } from "../setup/stack.js";
import { fieldsRefused, makeTenant } from "./factories.js";

let database: TestDatabase;
let tenantId: string;

beforeAll(async () => {
  database = await testDatabase();
});

beforeEach(async () => {
  tenantId = await makeTenant(database.pool);
});

describe("createImport", () => {
  it.each([
    ["mapping.column_0", { mapping: { column_0: "email" } }],
    ["mapping.col_1", { mapping: { col_0: "email", col_1: "phone" } }],
    ["mapping.col_1", { mapping: { col_0: "email", col_1: "email" } }],
    ["mapping", { mapping: { col_0: "name" } }],
    ["mapping", { hasHeader: false }],
    ["fileUrl", { fileUrl: "contacts.csv" }],
    ["fileUrl", { fileUrl: "https://example.com/contacts.csv" }],
  ])("refuses a wrong %s and writes nothing", async (field, wrong) => {
    const create = createImportRows(database.pool).createImport({ tenantId, fileUrl: "/x.csv", ...wrong });
    expect(await fieldsRefused(create)).toEqual([field]);
    expect(await createImportRows(database.pool).listImports(tenantId, { limit: 10 })).toEqual([]);
  });

  it("names an unknown tenant or list", async () => {
    const imports = createImportRows(database.pool);
    await expect(imports.createImport({ tenantId: "nobody", fileUrl: "/x.csv" })).rejects.toThrow(NotFound);
    await expect(imports.createImport({ tenantId, fileUrl: "/x.csv", list: "none" })).rejects.toThrow(
      "no list none",
    );
  });

  it("is listed newest first, by pages", async () => {
    const imports = createImportRows(database.pool);
    const made: string[] = [];
    for (let n = 0; n < 3; n += 1)
      made.push((await imports.createImport({ tenantId, fileUrl: `/${n}.csv` })).importId);
    const first = await imports.listImports(tenantId, { limit: 2 });
    const rest = await imports.listImports(tenantId, { limit: 2, before: first[1]?.importId });
    expect([...first, ...rest].map((row) => row.importId)).toEqual(made.reverse());
  });
});
