import { text } from "node:stream/consumers";
import fc from "fast-check";
import type pg from "pg";
import { beforeAll, expect, it } from "vitest";
import { createContactExporter } from "../../db/contact-export.js";
import { createContactStore } from "../../db/contacts.js";
import { createImportRows } from "../../db/imports.js";
import type { ContactRow } from "../../domain/contact.js";
import { testDatabase } from "../setup/stack.js";
import { csvFolder } from "./csv-folder.js";
import { contactRow, makeTenant } from "./factories.js";
import { importFile } from "./import-harness.js";

let pool: pg.Pool;
let write: (content: string) => Promise<string>;

beforeAll(async () => {
  ({ pool } = await testDatabase());
  write = await csvFolder();
});

async function moveAll(
  from: string,
): Promise<{ to: string; counts: Record<string, unknown>; importId: string }> {
  const { csv } = await createContactExporter(pool).exportContacts({ tenantId: from, raw: true });
  const to = await makeTenant(pool);
  const fileUrl = await write(await text(csv));
  const { importId, ...counts } = await importFile(pool, { tenantId: to, fileUrl });
  return { to, counts, importId };
}

/** What an import leaves out: the empty values of a file say nothing. */
const people = (tenantId: string) => createContactStore(pool).listContacts({ tenantId, limit: 1_000 });

/** As an import takes them: one line, no blanks around. */
const value = fc
  .string({ unit: "binary", minLength: 1, maxLength: 20 })
  // eslint-disable-next-line no-control-regex -- what an import refuses
  .map((word) => word.replace(/[\u0000-\u001f\u007f\ud800-\udfff]/gu, "").trim())
  .filter((word) => word !== "");
const awkward = fc.constantFrom(
  'say "hi"',
  "a,b;c|d",
  "=1+1",
  "'",
  "\\N",
  "\\.",
  "\\",
  "漢字 🎉",
  '"',
  '""',
  ",",
  "نص",
);
const field = fc.oneof(value, awkward);
const person = fc.record({
  firstName: fc.option(field),
  lastName: fc.option(field),
  name: fc.option(field),
  attributes: fc.dictionary(fc.constantFrom("plan", "Plan", "größe x", "_1", "email"), field),
});

it("contacts that leave as they are and come back are the same", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(person, { minLength: 1, maxLength: 40 }), async (fields) => {
      const tenantId = await makeTenant(pool);
      const rows = fields.map((row, n): ContactRow => contactRow(`c${n}@exämple.com`, row));
      await createContactStore(pool).upsertContacts(tenantId, rows);
      const { to, counts } = await moveAll(tenantId);
      expect(counts).toMatchObject({ rowsCreated: rows.length, rowsRefused: 0 });
      const [before, after] = [await people(tenantId), await people(to)];
      const told = ({ email, firstName, lastName, name, timeZone, attributes }: (typeof before)[number]) => {
        return { email, firstName, lastName, name, timeZone, attributes };
      };
      expect(after.map(told)).toEqual(before.map(told));
    }),
    { numRuns: 30 },
  );
});

it("a value with a line break leaves within quotes; coming back, its row is refused by name and no other", async () => {
  const tenantId = await makeTenant(pool);
  const notes = ['two\nlines, "quoted"', "one line", "CR\rLF\r\n", "last"];
  const rows = notes.map((note, n) => contactRow(`c${n}@example.com`, { attributes: { note } }));
  await createContactStore(pool).upsertContacts(tenantId, rows);
  const { to, counts, importId } = await moveAll(tenantId);
  expect(counts).toMatchObject({ rowsRead: 4, rowsCreated: 2, rowsRefused: 2 });
  expect((await people(to)).map(({ attributes }) => attributes.note)).toEqual(["one line", "last"]);
  expect(await createImportRows(pool).listRefusals(to, importId, { after: 0, limit: 10 })).toMatchObject([
    { line: 2, field: "attributes.note" },
    { line: 5, field: "attributes.note" },
  ]);
});
