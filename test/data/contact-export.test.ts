import { text } from "node:stream/consumers";
import { parse } from "csv-parse/sync";
import type pg from "pg";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  createContactExporter,
  type ContactExporter,
  type ContactExportQuery,
} from "../../db/contact-export.js";
import { createContactStore } from "../../db/contacts.js";
import { createListStore } from "../../db/lists.js";
import { createPool } from "../../db/pool.js";
import { createSegmentStore } from "../../db/segments.js";
import type { ContactRow } from "../../domain/contact.js";
import { NotFound } from "../../domain/errors.js";
import { until } from "../support/until.js";
import { testDatabase } from "../setup/stack.js";
import { contactRow, makeTenant } from "./factories.js";

let pool: pg.Pool;
let databaseUrl: string;
let exporter: ContactExporter;
let tenantId: string;

beforeAll(async () => {
  ({ pool, databaseUrl } = await testDatabase());
  exporter = createContactExporter(pool);
});

beforeEach(async () => {
  tenantId = await makeTenant(pool);
});

function save(rows: ContactRow[], list?: string): Promise<unknown> {
  return createContactStore(pool).upsertContacts(tenantId, rows, list);
}

async function exported(query: Partial<ContactExportQuery> = {}): Promise<Record<string, string>[]> {
  const { csv } = await exporter.exportContacts({ tenantId, ...query });
  return parse(await text(csv), { columns: true });
}

async function addresses(query: Partial<ContactExportQuery> = {}): Promise<string[]> {
  return (await exported(query)).map((row) => row.email ?? "");
}

describe("an export", () => {
  it("has a header, a column for each attribute that anybody has, and says how much it wrote", async () => {
    const ann = { firstName: "Ann", timeZone: "Europe/Berlin", attributes: { plan: "pro", age: 42 } };
    await save([contactRow("ann@example.com", ann), contactRow("bob@example.com", { name: "Bob" })]);
    await save([contactRow("eve@example.com", { attributes: { "größe x": true, plan: null } })]);
    const { csv, columns, rows } = await exporter.exportContacts({ tenantId });
    expect(await text(csv)).toBe(
      "email,first_name,last_name,name,time_zone,attributes.age,attributes.größe x,attributes.plan\n" +
        "ann@example.com,Ann,,,Europe/Berlin,42,,pro\n" +
        "bob@example.com,,,Bob,,,,\n" +
        "eve@example.com,,,,,,true,\n",
    );
    expect(columns.slice(-3)).toEqual(["attributes.age", "attributes.größe x", "attributes.plan"]);
    expect(rows()).toBe(3);
  });

  it("of nobody is a header alone", async () => {
    expect(await text((await exporter.exportContacts({ tenantId })).csv)).toBe(
      "email,first_name,last_name,name,time_zone\n",
    );
  });

  it("quotes whatever a value holds", async () => {
    const values = [
      'says "hi"',
      "a, b; c",
      "two\nlines\r\nand more",
      " blanks ",
      "\\.",
      "\\N",
      "漢字 🎉",
      "",
    ];
    await save(values.map((note, n) => contactRow(`c${n + 10}@example.com`, { attributes: { note } })));
    expect((await exported()).map((row) => row["attributes.note"])).toEqual(values);
  });

  it("leaves nothing that a spreadsheet would run, unless it is asked for as it is", async () => {
    const formulas = [
      "=1+1",
      "+49 30",
      "-5",
      "@SUM(A1)",
      "\t=1",
      "\r=1",
      "\n=1",
      '=cmd|" /C calc"!A0',
      "＝1",
    ];
    const harmless = ["1=1", "'=1", "a@b", "5-3"];
    const values = [...formulas, ...harmless];
    await save(values.map((note, n) => contactRow(`c${n + 10}@example.com`, { attributes: { note } })));
    await save([contactRow("=c@example.com", { firstName: "=A1", lastName: "-A1", name: "@A1" })]);
    const rows = await exported();
    expect(rows.map((row) => row["attributes.note"])).toEqual([
      ...formulas.map((value) => `'${value}`),
      ...harmless,
      "",
    ]);
    expect(rows.at(-1)).toMatchObject({
      email: "'=c@example.com",
      first_name: "'=A1",
      last_name: "'-A1",
      name: "'@A1",
    });
    expect((await exported({ raw: true })).map((row) => row["attributes.note"])).toEqual([...values, ""]);
  });

  it("holds the members of a list, who match a segment, or both, and nobody of another tenant", async () => {
    const person = (name: string, plan: string) =>
      contactRow(`${name}@example.com`, { attributes: { plan } });
    const { listId } = await createListStore(pool).createList({ tenantId, name: "news" });
    const pro = { field: "attributes.plan", op: "in", value: ["pro", "O'Hara's $1 \\"] };
    const { segmentId } = await createSegmentStore(pool).createSegment({
      tenantId,
      name: "paying",
      filter: { all: [pro, { field: "email", op: "ne", value: "dan@example.com" }] },
    });
    await save([person("ann", "pro"), person("bob", "free")], "news");
    await save([person("cleo", "O'Hara's $1 \\"), person("dan", "pro")]);
    const mine = tenantId;
    tenantId = await makeTenant(pool);
    await save([contactRow("stranger@example.com", { attributes: { plan: "pro", secret: "x" } })]);

    const of = (query: Partial<ContactExportQuery>) => addresses({ tenantId: mine, ...query });
    const [ann, bob, cleo, dan] = ["ann", "bob", "cleo", "dan"].map((name) => `${name}@example.com`);
    expect(await of({})).toEqual([ann, bob, cleo, dan]);
    expect(await of({ list: "news" })).toEqual([ann, bob]);
    expect(await of({ list: listId })).toEqual([ann, bob]);
    expect(await of({ segment: "paying" })).toEqual([ann, cleo]);
    expect(await of({ list: "news", segment: segmentId })).toEqual([ann]);
    expect(await addresses()).toEqual(["stranger@example.com"]);
    const { columns, csv } = await exporter.exportContacts({ tenantId: mine });
    csv.destroy();
    expect(columns).not.toContain("attributes.secret");
  });

  it("of a tenant, list or segment that is not there says which, also when another tenant has one", async () => {
    const other = await makeTenant(pool);
    const { listId } = await createListStore(pool).createList({ tenantId: other, name: "theirs" });
    const refused: [query: Partial<ContactExportQuery>, said: string][] = [
      [{ tenantId: "nobody" }, "There is no tenant nobody."],
      [{ list: "theirs" }, "There is no list theirs."],
      [{ list: listId }, `There is no list ${listId}.`],
      [{ segment: "none" }, "There is no segment none."],
    ];
    for (const [query, said] of refused) {
      const work = exporter.exportContacts({ tenantId, ...query });
      await expect(work).rejects.toThrow(NotFound);
      await expect(work).rejects.toThrow(said);
    }
  });
});

describe("the connection of an export", () => {
  /** More than the sockets between hold: the export waits for its reader. */
  const megabytes = 24;

  async function largeExport(): Promise<{
    one: pg.Pool;
    open: () => ReturnType<typeof exporter.exportContacts>;
  }> {
    await pool.query(
      `insert into contacts (tenant_id, email, domain, attributes)
       select $1, 'c' || n || '@example.com', 'example.com', jsonb_build_object('note', repeat('x', 10000))
       from generate_series(1, $2) n`,
      [tenantId, megabytes * 100],
    );
    const one = createPool(databaseUrl, { max: 1 });
    return { one, open: () => createContactExporter(one).exportContacts({ tenantId }) };
  }

  const copies = async (): Promise<number[]> => {
    const { rows } = await pool.query<{ pid: number }>(
      `select pid from pg_stat_activity
       where datname = current_database() and query like 'copy (%' and state = 'active'`,
    );
    return rows.map(({ pid }) => pid);
  };

  it("is free again when the file was read", async () => {
    await save([contactRow("ann@example.com")]);
    const one = createPool(databaseUrl, { max: 1 });
    for (let time = 0; time < 3; time += 1) {
      await text((await createContactExporter(one).exportContacts({ tenantId })).csv);
    }
    expect({ total: one.totalCount, idle: one.idleCount }).toEqual({ total: 1, idle: 1 });
    await one.end();
  });

  it("is given back by a reader that stops early, or never began", async () => {
    const { one, open } = await largeExport();
    const first = await open();
    let copying = 0;
    for await (const bytes of first.csv) {
      expect((bytes as Buffer).length).toBeGreaterThan(0);
      copying = (await copies()).length;
      if (copying > 0) break;
    }
    expect(copying).toBe(1);
    (await open()).csv.destroy();
    await one.query("select 1");
    await until("no COPY runs any more", async () => (await copies()).length === 0);
    await one.end();
  });

  it("breaks: the reader is told, and the next export has a new one", async () => {
    const { one, open } = await largeExport();
    const { csv, rows } = await open();
    let read = 0;
    const reading = (async () => {
      for await (const bytes of csv) {
        read += (bytes as Buffer).length;
        const [pid] = await copies();
        if (pid !== undefined) await pool.query("select pg_terminate_backend($1)", [pid]);
      }
    })();
    await expect(reading).rejects.toThrow();
    expect(read).toBeLessThan(megabytes * 1e6);
    expect(rows()).toBe(0);
    expect((await text((await open()).csv)).length).toBeGreaterThan(megabytes * 1e6);
    await one.end();
  });
});
