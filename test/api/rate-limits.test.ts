import { beforeAll, describe, expect, it } from "vitest";
import { testDatabase, testRedis } from "../setup/stack.js";
import { uniqueName } from "../throttle/factory.js";
import { request, runApi } from "./fixture.js";

const apiToken = "a-token-of-the-api-tests";
const path = "/api/queue/rate-limit";

let databaseUrl: string;
let redisUrl: string;
let url: string;

beforeAll(async () => {
  ({ databaseUrl } = await testDatabase());
  ({ url: redisUrl } = await testRedis());
  const running = await runApi(databaseUrl, { redisUrl, apiToken });
  url = running.url;
  return () => running.api.close();
});

async function ask(method: string, target: string, body?: object) {
  const response = await request(target, {
    method,
    headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
  return { status: response.status, retryAfter: response.headers.get("retry-after"), answer };
}

describe("/api/queue/rate-limit", () => {
  it("counts requests until the burst is spent, then answers 429 with how long to wait; reset begins anew", async () => {
    const body = { tenant_id: uniqueName("tenant"), limit: "leads-import" };
    const query = `tenant_id=${body.tenant_id}&limit=leads-import`;
    expect(await ask("POST", `${url}${path}`, { ...body, cost: 9 })).toMatchObject({
      status: 200,
      answer: { allowed: true, remaining: 1, wait_ms: 0, limit: "leads-import", burst: 10 },
    });
    const refused = await ask("POST", `${url}${path}`, { ...body, cost: 5 });
    expect(refused).toMatchObject({ status: 429, answer: { allowed: false } });
    expect(Number(refused.retryAfter)).toBeGreaterThan(30);
    expect(Number(refused.retryAfter)).toBe(Math.ceil(Number(refused.answer.wait_ms) / 1_000));
    expect(await ask("DELETE", `${url}${path}?${query}`)).toMatchObject({ status: 204 });
    const status = await ask("GET", `${url}${path}?${query}`);
    expect(status).toMatchObject({ status: 200, answer: { limits: [{ remaining: 10, reset_ms: 0 }] } });
    expect(status.answer.load).toMatchObject({ factor: expect.any(Number) as number });
  });

  it("shows every limit of a tenant, and counts a user alone", async () => {
    const tenant = uniqueName("tenant");
    await ask("POST", `${url}${path}`, {
      tenant_id: tenant,
      user_id: "ann",
      limit: "leads-import",
      cost: 10,
    });
    const { answer } = await ask("GET", `${url}${path}?tenant_id=${tenant}`);
    expect(answer.limits).toMatchObject([
      { limit: "api", remaining: 100 },
      { limit: "email-sending", remaining: 2000 },
      { limit: "leads-import", remaining: 10 },
    ]);
    const ann = await ask("GET", `${url}${path}?tenant_id=${tenant}&user_id=ann&limit=leads-import`);
    expect(ann.answer.limits).toMatchObject([{ remaining: 0 }]);
  });

  it("names each field that is wrong, as the caller calls it", async () => {
    const problems = async (body: object) => (await ask("POST", `${url}${path}`, body)).answer.problems;
    expect(await problems({ limit: "api" })).toMatchObject([{ field: "tenant_id", problem: "is missing" }]);
    expect(await problems({ tenant_id: "a", limit: "none" })).toMatchObject([{ field: "limit" }]);
    expect(await problems({ tenant_id: "a", limit: "leads-import", cost: 11 })).toMatchObject([
      { field: "cost", problem: "must be at most 10, the burst of leads-import" },
    ]);
    expect(await problems({ tenant_id: "a", limit: "api", costs: 1 })).toMatchObject([{ field: "costs" }]);
    expect(await problems([])).toMatchObject([{ field: "body" }]);
  });

  it("lets nobody in without the token", async () => {
    for (const method of ["GET", "POST", "DELETE"])
      expect((await request(`${url}${path}?tenant_id=a`, { method })).status).toBe(401);
  });

  it("answers 503 while Redis is away, and allows everything when limits are switched off", async () => {
    const away = await runApi(databaseUrl, { apiToken });
    const off = await runApi(databaseUrl, { apiToken, rateLimitEnabled: false });
    const body = { tenant_id: uniqueName("tenant"), limit: "leads-import", cost: 10 };
    try {
      expect(await ask("POST", `${away.url}${path}`, body)).toMatchObject({ status: 503, retryAfter: "10" });
      for (let i = 0; i < 3; i += 1)
        expect(await ask("POST", `${off.url}${path}`, body)).toMatchObject({
          status: 200,
          answer: { allowed: true, enabled: false },
        });
    } finally {
      await Promise.all([away.api.close(), off.api.close()]);
    }
  });
});
