import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createContactStore } from "../../db/contacts.js";
import { createListStore } from "../../db/lists.js";
import { parseSegmentFilter } from "../../db/segments.js";
import { compileSegmentFilter } from "../../db/segment-sql.js";
import type { ContactRow } from "../../domain/contact.js";
import { InvalidInput } from "../../domain/errors.js";
import type { SegmentFilter } from "../../domain/segment-filter.js";
import { testDatabase, type TestDatabase } from "../setup/stack.js";
import { contactRow, makeTenant } from "./factories.js";
import { matches, type Candidate } from "./segment-evaluator.js";

let database: TestDatabase;
let tenantId: string;
let otherTenantsList: string;
let lists: string[];
const candidates: Candidate[] = [];

/** Values that are easily taken for one another, or for SQL. */
const texts = [
  "",
  "Ann",
  "ann",
  "Zoë",
  "42",
  "42.0",
  "7",
  "-3.5",
  "1e3",
  "true",
  "FALSE",
  "null",
  "%",
  "O'Hara",
  "'; drop table contacts; --",
  "$1",
  "\\",
  "𝒵",
];
const attributeValues = [...texts, 42, 0, -3.5, 1e20, 0.1, true, false, null];

beforeAll(async () => {
  database = await testDatabase();
  const { pool } = database;
  tenantId = await makeTenant(pool);
  const store = createListStore(pool);
  const contacts = createContactStore(pool);
  lists = [];
  for (const name of ["a", "b"]) lists.push((await store.createList({ tenantId, name })).listId);
  otherTenantsList = (await store.createList({ tenantId: await makeTenant(pool), name: "a" })).listId;
  for (let n = 0; n < 150; n += 1) {
    const pick = <T>(from: readonly T[], by: number): T => from[(n * by) % from.length] as T;
    const row: ContactRow = contactRow(`c${n}@${pick(["example.com", "Example.org".toLowerCase()], 1)}`, {
      firstName: pick([null, ...texts], 1),
      lastName: pick([null, ...texts], 5),
      timeZone: pick([null, "Europe/Berlin"], 1),
      attributes: n % 4 === 0 ? {} : { plan: pick(attributeValues, 7), "größe x": pick(attributeValues, 3) },
    });
    const member = lists.filter((_, index) => (n >> index) % 3 === 0);
    for (const listId of [undefined, ...member]) await contacts.upsertContacts(tenantId, [row], listId);
    candidates.push({ row, createdAt: new Date(Date.UTC(2026, 0, 1 + (n % 20))), lists: member });
  }
  await pool.query(
    `update contacts c set created_at = i.at from unnest($2::text[], $3::timestamptz[]) as i (email, at)
     where c.tenant_id = $1 and c.email = i.email`,
    [tenantId, candidates.map(({ row }) => row.email), candidates.map(({ createdAt }) => createdAt)],
  );
});

const value = fc.oneof(
  fc.constantFrom(...texts),
  fc.constantFrom(42, 0, -3.5, 7, 0.1),
  fc.boolean(),
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const safeText = fc.oneof(
  fc.constantFrom(...texts),
  fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\u0000", "")),
);
const field = fc.constantFrom(
  "email",
  "domain",
  "first_name",
  "last_name",
  "name",
  "time_zone",
  "attributes.plan",
  "attributes.größe x",
  "attributes.none",
);
const time = fc.integer({ min: 0, max: 25 }).map((day) => new Date(Date.UTC(2026, 0, 1 + day)).toISOString());
const leaf: fc.Arbitrary<SegmentFilter> = fc.oneof(
  fc.record({ field, op: fc.constantFrom("eq" as const, "ne" as const), value }),
  fc.record({
    field,
    op: fc.constantFrom("lt" as const, "lte" as const, "gt" as const, "gte" as const),
    value: value.filter((v) => typeof v !== "boolean"),
  }),
  fc.record({
    field,
    op: fc.constant("in" as const),
    value: fc.array(value, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    field,
    op: fc.constantFrom("contains" as const, "starts_with" as const),
    value: safeText.filter((text) => text !== ""),
  }),
  fc.record({ field, op: fc.constant("exists" as const) }),
  fc.record({
    field: fc.constant("created_at"),
    op: fc.constantFrom(
      "eq" as const,
      "ne" as const,
      "lt" as const,
      "lte" as const,
      "gt" as const,
      "gte" as const,
    ),
    value: time,
  }),
  fc.integer({ min: 0, max: 1 }).map((index) => ({ list: index === 0 ? "A" : "B" })),
);
const { filter: anyFilter } = fc.letrec<{ filter: SegmentFilter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.record({ all: fc.array(tie("filter"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie("filter"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie("filter") }),
  ),
}));

/** The arbitraries are made before the lists are: `A` and `B` stand for them. */
function withLists(filter: SegmentFilter): SegmentFilter {
  if ("all" in filter) return { all: filter.all.map(withLists) };
  if ("any" in filter) return { any: filter.any.map(withLists) };
  if ("not" in filter) return { not: withLists(filter.not) };
  if ("list" in filter) return { list: lists[filter.list === "A" ? 0 : 1] as string };
  return filter;
}

async function select(filter: SegmentFilter): Promise<string[]> {
  const { sql, params } = compileSegmentFilter(filter, 2, "c");
  const { rows } = await database.pool.query<{ email: string }>(
    `select c.email from contacts c where c.tenant_id = $1 and ${sql} order by c.email collate "C"`,
    [tenantId, ...params],
  );
  return rows.map((row) => row.email);
}

describe("a compiled segment filter", () => {
  it("selects exactly the contacts that the filter means", async () => {
    await fc.assert(
      fc.asyncProperty(anyFilter, async (drawn) => {
        const filter = withLists(drawn);
        let parsed: SegmentFilter;
        try {
          parsed = parseSegmentFilter(filter);
        } catch (error) {
          // NUL in a value, or deeper than allowed: refused as a whole, which is as good as not spliced.
          expect(error).toBeInstanceOf(InvalidInput);
          return;
        }
        const expected = candidates
          .filter((candidate) => matches(parsed, candidate))
          .map(({ row }) => row.email);
        expect(await select(parsed)).toEqual(expected.sort());
      }),
      { numRuns: 400 },
    );
  });

  it("holds no input in its text", () => {
    fc.assert(
      fc.property(fc.uuid(), fc.constantFrom("eq", "contains", "gt", "in"), (secret, op) => {
        const input = op === "in" ? [`'${secret}`] : `'${secret}`;
        const filter = { all: [{ field: `attributes.${secret}`, op, value: input }, { list: secret }] };
        const { sql, params } = compileSegmentFilter(filter as SegmentFilter, 3, "c");
        expect(sql).not.toContain(secret);
        expect(params.flat().filter((param) => String(param).includes(secret))).toHaveLength(3);
        const used = [...sql.matchAll(/\$(\d+)/g)].map((match) => Number(match[1]));
        expect(Math.max(...used)).toBe(params.length + 2);
        expect(Math.min(...used)).toBe(3);
      }),
    );
  });

  it("does not look into another tenant's list", async () => {
    const [contact] = (
      await database.pool.query<{ contact_id: string }>(
        "select contact_id from contacts where tenant_id = $1",
        [tenantId],
      )
    ).rows;
    await database.pool.query("insert into list_contacts values ($1, $2)", [
      otherTenantsList,
      contact?.contact_id,
    ]);
    expect(await select({ list: otherTenantsList })).toEqual([]);
  });

  it("takes a thousand values in one parameter", () => {
    const many = Array.from({ length: 1_000 }, (_, n) => `v${n}`);
    expect(compileSegmentFilter({ field: "email", op: "in", value: many }, 1, "c").params).toEqual([many]);
  });
});
