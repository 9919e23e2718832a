import type pg from "pg";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createContactStore } from "../../db/contacts.js";
import { createListStore } from "../../db/lists.js";
import { createSegmentStore } from "../../db/segments.js";
import { Conflict, NotFound } from "../../domain/errors.js";
import { testDatabase } from "../setup/stack.js";
import { contactRow, fieldsRefused, makeTenant } from "./factories.js";

let pool: pg.Pool;
let tenantId: string;

beforeAll(async () => {
  ({ pool } = await testDatabase());
});

beforeEach(async () => {
  tenantId = await makeTenant(pool);
});

describe("contacts", () => {
  it("are created once and updated afterwards; nulls leave what is stored, attributes are merged", async () => {
    const contacts = createContactStore(pool);
    const row = (fields: object) => contactRow("ann@example.com", fields);
    expect(
      await contacts.upsertContacts(tenantId, [row({ firstName: "Ann", attributes: { a: 1, b: "x" } })]),
    ).toEqual({
      created: 1,
      updated: 0,
      added: 0,
    });
    expect(
      await contacts.upsertContacts(tenantId, [row({ lastName: "Lee", attributes: { b: true } })]),
    ).toEqual({
      created: 0,
      updated: 1,
      added: 0,
    });
    expect(await contacts.loadContact(tenantId, "ANN@example.com")).toMatchObject({
      firstName: "Ann",
      lastName: "Lee",
      attributes: { a: 1, b: true },
    });
  });

  it("of one address in one set come to the same as in two: the last wins, field by field", async () => {
    const contacts = createContactStore(pool);
    const earlier = contactRow("ann@example.com", {
      firstName: "Ann",
      name: "A",
      attributes: { a: 1, b: 1 },
    });
    const later = contactRow("ann@example.com", { name: "B", attributes: { b: 2 } });
    expect(await contacts.upsertContacts(tenantId, [earlier, later])).toMatchObject({
      created: 1,
      updated: 0,
    });
    const other = await makeTenant(pool);
    for (const row of [earlier, later]) await contacts.upsertContacts(other, [row]);
    const [together, apart] = await Promise.all(
      [tenantId, other].map((id) => contacts.loadContact(id, "ann@example.com")),
    );
    expect(together).toMatchObject({ firstName: "Ann", name: "B", attributes: { a: 1, b: 2 } });
    expect(together?.attributes).toEqual(apart?.attributes);
  });

  it("of other tenants are out of reach", async () => {
    const contacts = createContactStore(pool);
    await contacts.upsertContacts(tenantId, [contactRow("ann@example.com")]);
    const { contactId } = await contacts.loadContact(tenantId, "ann@example.com");
    const other = await makeTenant(pool);
    await expect(contacts.loadContact(other, contactId)).rejects.toThrow(NotFound);
    await expect(contacts.removeContact(other, contactId)).rejects.toThrow(NotFound);
    expect(await contacts.listContacts({ tenantId: other, limit: 10 })).toEqual([]);
  });

  it("are paged by key, of a tenant, a list, or a filter", async () => {
    const contacts = createContactStore(pool);
    await createListStore(pool).createList({ tenantId, name: "even" });
    const rows = Array.from({ length: 25 }, (_, n) =>
      contactRow(`c${String(n).padStart(2, "0")}@example.com`, { attributes: { n } }),
    );
    await contacts.upsertContacts(tenantId, rows);
    await contacts.upsertContacts(
      tenantId,
      rows.filter((_, n) => n % 2 === 0),
      "even",
    );
    const walk = async (query: object): Promise<number> => {
      const seen: string[] = [];
      for (let after: string | undefined; ;) {
        const page = await contacts.listContacts({
          tenantId,
          limit: 4,
          ...query,
          ...(after ? { after } : {}),
        });
        seen.push(...page.map((contact) => contact.email));
        after = page.at(-1)?.contactId;
        if (page.length < 4) break;
      }
      expect(new Set(seen).size).toBe(seen.length);
      return seen.length;
    };
    expect(await walk({})).toBe(25);
    expect(await walk({ list: "even" })).toBe(13);
    expect(await walk({ filter: { field: "attributes.n", op: "lt", value: 10 } })).toBe(10);
    expect(await walk({ list: "even", filter: { field: "attributes.n", op: "lt", value: 10 } })).toBe(5);
  });

  it("are counted right on their lists when writers and removers meet", async () => {
    const contacts = createContactStore(pool);
    const lists = createListStore(pool);
    for (const name of ["a", "b"]) await lists.createList({ tenantId, name });
    const rows = Array.from({ length: 200 }, (_, n) => contactRow(`c${n}@example.com`));
    await Promise.all(
      ["a", "b", "a", "b"].map((list, n) =>
        contacts.upsertContacts(tenantId, n % 2 ? [...rows].reverse() : rows, list),
      ),
    );
    const page = await contacts.listContacts({ tenantId, limit: 50 });
    await Promise.all([
      ...page.map((contact) => contacts.removeContact(tenantId, contact.contactId)),
      contacts.upsertContacts(tenantId, rows.slice(100), "a"),
    ]);
    const { rows: counted } = await pool.query<{ name: string; said: number; held: number }>(
      `select name, contact_count::int as said,
         (select count(*)::int from list_contacts m where m.list_id = l.list_id) as held
       from lists l where tenant_id = $1 order by name`,
      [tenantId],
    );
    expect(counted.map(({ said, held }) => said - held)).toEqual([0, 0]);
    expect(counted.every(({ held }) => held >= 150)).toBe(true);
  });

  it("are written for a known tenant and an existing list, or not at all", async () => {
    const contacts = createContactStore(pool);
    await expect(contacts.upsertContacts("nobody", [contactRow("a@example.com")])).rejects.toThrow(
      "no tenant nobody",
    );
    await expect(contacts.upsertContacts(tenantId, [contactRow("a@example.com")], "none")).rejects.toThrow(
      "no list none",
    );
    expect(await contacts.listContacts({ tenantId, limit: 1 })).toEqual([]);
  });
});

describe("lists and segments", () => {
  it("can be created twice without a second one", async () => {
    const lists = createListStore(pool);
    const first = await lists.createList({ tenantId, name: "news" });
    expect(await lists.createList({ tenantId, name: "news" })).toEqual({ ...first, created: false });
    expect(await lists.loadList(tenantId, first.listId)).toMatchObject({ name: "news", contactCount: 0 });

    const segments = createSegmentStore(pool);
    const filter = { field: "domain", op: "eq", value: "example.com" };
    const segment = await segments.createSegment({ tenantId, name: "ours", filter });
    expect(await segments.createSegment({ tenantId, name: "ours", filter })).toEqual({
      ...segment,
      created: false,
    });
    const other = segments.createSegment({ tenantId, name: "ours", filter: { list: first.listId } });
    await expect(other).rejects.toThrow(Conflict);
  });

  it("count who matches now", async () => {
    const segments = createSegmentStore(pool);
    const { listId } = await createListStore(pool).createList({ tenantId, name: "news" });
    const contacts = createContactStore(pool);
    await contacts.upsertContacts(
      tenantId,
      [contactRow("a@example.com"), contactRow("b@example.org")],
      "news",
    );
    await contacts.upsertContacts(tenantId, [contactRow("c@example.com")]);
    await segments.createSegment({ tenantId, name: "s", filter: { list: listId } });
    expect(await segments.countSegment(tenantId, "s")).toBe(2);
    await segments.changeSegment(tenantId, "s", {
      filter: { all: [{ list: listId }, { field: "domain", op: "eq", value: "example.org" }] },
    });
    expect(await segments.countSegment(tenantId, "s")).toBe(1);
    expect(await segments.countFilter(tenantId, { not: { list: listId } })).toBe(1);
  });

  it("name the place of a list that is another tenant's", async () => {
    const { listId } = await createListStore(pool).createList({
      tenantId: await makeTenant(pool),
      name: "news",
    });
    const filter = { any: [{ field: "email", op: "exists" }, { not: { list: listId } }] };
    const create = createSegmentStore(pool).createSegment({ tenantId, name: "s", filter });
    expect(await fieldsRefused(create)).toEqual(["filter.any[1].not.list"]);
    expect(await createSegmentStore(pool).listSegments(tenantId)).toEqual([]);
  });
});
