import pg from "pg";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { fillTables } from "../../bench/lists/fill.js";
import { bigTenant } from "../../bench/lists/ids.js";
import { isListed, questionsOf, type Question } from "../../bench/lists/questions.js";
import { testDatabase, testRedis, testTemporal } from "../setup/stack.js";
import { allPages, asking, keyOf, type Ask } from "./asking.js";
import { runApi } from "./fixture.js";
import { spyOnStatements, type Statement } from "./statements.js";

/** More than one page of contacts that are walked: `contactsWalked` in db/contacts.ts. */
const rows = 25_000;
const limit = 20;
/** For a page of 20. Tables that are no larger may be read as a whole, which is as cheap; the big ones have 25,000. */
const mostLookedAt = 3_000;

let asTenant: Ask;
let asPlatform: Ask;
let explaining: pg.Client;
const statements = spyOnStatements();

beforeAll(async () => {
  const { databaseUrl, pool } = await testDatabase();
  const [{ url: redisUrl }, temporal] = await Promise.all([testRedis(), testTemporal()]);
  const filling = await pool.connect();
  await fillTables(filling, rows);
  filling.release(true);
  const apiToken = "a-token-of-the-platform";
  const over = { redisUrl, temporal, rateLimitEnabled: false, apiToken };
  const { api, url } = await runApi(databaseUrl, over);
  asTenant = asking(url, await keyOf({ pool }, bigTenant));
  asPlatform = asking(url, apiToken);
  explaining = new pg.Client(databaseUrl);
  await explaining.connect();
  return async () => {
    vi.restoreAllMocks();
    await explaining.end();
    await api.close();
  };
}, 120_000);

/**
 * No index knows of these what is asked for: so many rows are looked at that an answer stays quick, and `next` goes on.
 * `fillPage` in domain/walked-page.ts.
 */
const walked = [
  /^contacts\.list segment=/,
  /^notifications\.list /,
  /^sends\.recipients (status|returned)=/,
  /^dead_letters\.list (?!kind|first|deep)/,
];

/** Lists of all kinds of work at once: not found by an index, and not bounded either, so far. */
const notYet = [/^jobs\.(list|counts) /, /^job_bulks\.items state=/];

const questions = questionsOf(rows, { limit })
  .filter(({ operation }) => isListed(operation))
  .map((question) => [`${question.operation.id} ${question.label}`, question] as const);

function ask({ path, asPlatform: byPlatform }: Question) {
  return (byPlatform ? asPlatform : asTenant)("GET", path);
}

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  Plans?: PlanNode[];
}

/** Rows that were looked at, by table, also those that a filter then left out. */
async function lookedAt({ text, values, tenant }: Statement): Promise<Map<string, number>> {
  await explaining.query(
    `select set_config('role', $1, false), set_config('floe.tenant', $2, false),
       set_config('plan_cache_mode', 'force_custom_plan', false), set_config('jit', 'off', false)`,
    [tenant === undefined ? "none" : "floe_tenant", tenant ?? ""],
  );
  const { rows: plans } = await explaining.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
    `explain (analyze, timing off, format json) ${text}`,
    values,
  );
  const counts = new Map<string, number>();
  const visit = (node: PlanNode): void => {
    const removed = (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0);
    const table = node["Relation Name"];
    if (table !== undefined) {
      const count = (node["Actual Rows"] + removed) * node["Actual Loops"];
      counts.set(table, (counts.get(table) ?? 0) + count);
    }
    node.Plans?.forEach(visit);
  };
  for (const { Plan } of plans[0]?.["QUERY PLAN"] ?? []) visit(Plan);
  return counts;
}

describe("A page of a list", () => {
  it.each(questions.filter(([name]) => ![...walked, ...notYet].some((pattern) => pattern.test(name))))(
    "is found without looking at many rows: %s",
    async (name, question) => {
      statements.forget();
      const { status, body } = await ask(question);
      expect(status, JSON.stringify(body)).toBe(200);
      for (const statement of statements.seen()) {
        for (const [table, count] of await lookedAt(statement)) {
          expect(count, `${name} looks at ${count} rows of ${table}:\n${statement.text}`).toBeLessThan(
            mostLookedAt,
          );
        }
      }
    },
  );

  it("is asked for in every way that a list has", () => {
    expect(questions.length).toBeGreaterThan(100);
    expect(new Set(questions.map(([, { operation }]) => operation.id)).size).toBeGreaterThan(35);
  });
});

describe("A list that no index knows the answer of", () => {
  it("answers with what it has found so far, and where to go on", async () => {
    const { body, headers } = await asTenant("GET", "/api/contacts?segment=nobody");
    expect(body).toEqual({ data: [], next: expect.any(String) as string });
    expect(headers.get("link")).toContain(`after=${String(body.next)}`);
    const found = await allPages(asTenant, "/api/contacts?segment=rare&limit=3");
    expect(found.map(({ attributes }) => (attributes as { vip: boolean }).vip)).toEqual(Array(9).fill(true));
  });
});
