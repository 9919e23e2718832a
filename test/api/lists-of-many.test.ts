import pg from "pg";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { fillTables } from "../../bench/lists/fill.js";
import { bigTenant, idOf, ids } from "../../bench/lists/ids.js";
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
  /^sends\.recipients (?!first|deep)/,
  /^dead_letters\.list (?!kind|first|deep)/,
  /^jobs\.(list|counts) /,
];

const questions = questionsOf(rows, { limit })
  .filter(({ operation }) => isListed(operation))
  .map((question) => [`${question.operation.id} ${question.label}`, question] as const);

function ask({ path, asPlatform: byPlatform }: Question) {
  return (byPlatform ? asPlatform : asTenant)("GET", path);
}

interface LookedAt {
  rows: Map<string, number>;
  scanned: Map<string, number>;
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

/** Rows that were looked at, by table, also those that a filter then left out; and of tables that were read from end to end. */
async function lookedAt({ text, values, tenant }: Statement, isWalked: boolean): Promise<LookedAt> {
  await explaining.query(
    `select set_config('role', $1, false), set_config('floe.tenant', $2, false), set_config('enable_seqscan', $3, false),
       set_config('plan_cache_mode', 'force_custom_plan', false), set_config('jit', 'off', false)`,
    // A walk may read all that there is here: asked is only whether it could go by an index where there is more.
    [tenant === undefined ? "none" : "floe_tenant", tenant ?? "", isWalked ? "off" : "on"],
  );
  const { rows: plans } = await explaining.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
    `explain (analyze, timing off, format json) ${text}`,
    values,
  );
  const counts: LookedAt = { rows: new Map(), scanned: new Map() };
  const add = (to: Map<string, number>, table: string, count: number): void =>
    void to.set(table, (to.get(table) ?? 0) + count);
  const visit = (node: PlanNode): void => {
    const removed = (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0);
    const table = node["Relation Name"];
    if (table !== undefined) {
      const count = (node["Actual Rows"] + removed) * node["Actual Loops"];
      add(counts.rows, table, count);
      if (node["Node Type"] === "Seq Scan") add(counts.scanned, table, count);
    }
    node.Plans?.forEach(visit);
  };
  for (const { Plan } of plans[0]?.["QUERY PLAN"] ?? []) visit(Plan);
  return counts;
}

describe("A page of a list", () => {
  it.each(questions)("is found without looking at many rows: %s", async (name, question) => {
    statements.forget();
    const { status, body } = await ask(question);
    expect(status, JSON.stringify(body)).toBe(200);
    const isWalked = walked.some((pattern) => pattern.test(name));
    for (const statement of statements.seen()) {
      const { rows: counts, scanned } = await lookedAt(statement, isWalked);
      for (const [table, count] of isWalked ? scanned : counts) {
        const what = isWalked ? "reads a whole table, of" : "looks at";
        expect(count, `${name} ${what} ${count} rows of ${table}:\n${statement.text}`).toBeLessThan(
          mostLookedAt,
        );
      }
    }
  });

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

  it("gives few jobs among many, page by page, and none twice", async () => {
    const { body } = await asTenant("GET", "/api/jobs?queue=send-campaign-standard&kinds=email.send");
    expect(body).toEqual({ data: [], next: expect.any(String) as string });
    const path = "/api/jobs?queue=send-campaign-standard&kinds=email.send&limit=2";
    expect((await allPages(asTenant, path)).map((job) => job.job_id)).toEqual(
      [9, 8, 7, 6, 5, 4, 3, 2, 1].map((nth) => idOf(ids.email, nth)),
    );
  });
});
