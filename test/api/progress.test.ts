import type pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { recordProgress } from "../../db/progress-recorder.js";
import { endImport, importChunk, newImport, newTenant } from "../progress/fixture.js";
import { testDatabase } from "../setup/stack.js";
import { request, runApi } from "./fixture.js";

const apiToken = "a-token-of-the-api-tests";

let pool: pg.Pool;
let url: string;

beforeAll(async () => {
  const database = await testDatabase();
  pool = database.pool;
  const running = await runApi(database.databaseUrl, { apiToken });
  url = `${running.url}/api/queue/progress`;
  return () => running.api.close();
});

async function ask(method: string, query: Record<string, string>) {
  const target = `${url}?${new URLSearchParams(query).toString()}`;
  const response = await request(target, { method, headers: { authorization: `Bearer ${apiToken}` } });
  const text = await response.text();
  return {
    status: response.status,
    link: response.headers.get("link"),
    answer: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}

describe("/api/queue/progress", () => {
  it("shows what a user asked for, one piece of it, and forgets it once it has ended", async () => {
    const tenantId = await newTenant(pool);
    const [mine, other] = [await newImport(pool, tenantId, "ann"), await newImport(pool, tenantId)];
    await importChunk(pool, mine);
    await recordProgress(pool, { all: false });

    const all = await ask("GET", { tenant_id: tenantId, limit: "10" });
    expect(all).toMatchObject({ status: 200, answer: { data: [{ id: other }, { id: mine }] } });
    const ofAnn = await ask("GET", { tenant_id: tenantId, user_id: "ann", status: "running" });
    expect(ofAnn.answer).toMatchObject({
      data: [{ id: mine, user_id: "ann", kind: "import", processed: 10, total: 100, finished_at: null }],
    });
    const behind = await ask("GET", { tenant_id: tenantId, before: other });
    expect(behind.answer).toMatchObject({ data: [{ id: mine }] });

    const one = { tenant_id: tenantId, id: mine };
    expect(await ask("GET", one)).toMatchObject({
      ...{ status: 200, link: null },
      answer: { id: mine, sequence: 1 },
    });
    const refused = await ask("DELETE", one);
    expect(refused).toMatchObject({
      status: 409,
      answer: { detail: expect.stringContaining("cancel it") as string },
    });
    await endImport(pool, mine);
    await recordProgress(pool, { all: false });
    expect(await ask("DELETE", one)).toMatchObject({ status: 204 });
    expect(await ask("GET", one)).toMatchObject({ status: 404 });
    expect(await ask("DELETE", one)).toMatchObject({ status: 404 });
  });

  it("shows nothing of another tenant", async () => {
    const id = await newImport(pool, await newTenant(pool));
    const tenant_id = await newTenant(pool);
    expect(await ask("GET", { tenant_id, id })).toMatchObject({ status: 404 });
    expect(await ask("GET", { tenant_id, before: id })).toMatchObject({ answer: { data: [] } });
    expect(await ask("GET", { tenant_id })).toMatchObject({ status: 200, answer: { data: [] } });
  });

  it("names each field that is wrong, as the caller calls it", async () => {
    const problems = async (query: Record<string, string>) => (await ask("GET", query)).answer.problems;
    expect(await problems({})).toMatchObject([{ field: "tenant_id", problem: "is missing" }]);
    expect(await problems({ tenant_id: "a", id: "1" })).toMatchObject([{ field: "id" }]);
    expect(await problems({ tenant_id: "a", limit: "many" })).toMatchObject([{ field: "limit" }]);
    expect(await problems({ tenant_id: "a", user: "ann" })).toMatchObject([{ field: "user" }]);
    expect(await problems({ tenant_id: "a", status: "done" })).toMatchObject([{ field: "status" }]);
  });

  it("lets nobody in without the token", async () => {
    for (const method of ["GET", "DELETE"])
      expect((await request(`${url}?tenant_id=a`, { method })).status).toBe(401);
  });
});
