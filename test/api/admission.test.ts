import { beforeAll, expect, it } from "vitest";
import { defaultRateLimits } from "../../domain/rate-limits.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { uniqueName } from "../throttle/factory.js";
import { request, runApi } from "./fixture.js";

const apiToken = "a-token-of-the-api-tests";
const authorization = `Bearer ${apiToken}`;
const headers = { authorization, "content-type": "application/json" };

let databaseUrl: string;
let url: string;

beforeAll(async () => {
  ({ databaseUrl } = await testDatabase());
  const { url: redisUrl } = await testRedis();
  const limit = { perSecond: 0.01, burst: 2, adaptive: false };
  const rateLimits = { ...defaultRateLimits, "email-sending": limit };
  const running = await runApi(databaseUrl, { redisUrl, apiToken, rateLimits });
  url = running.url;
  return () => running.api.close();
});

/** A request that names its tenant and is refused for what it asks for: it counts all the same. */
async function send(tenantId: string, at = url): Promise<Response> {
  const body = JSON.stringify({ tenant_id: tenantId, recipient: "nobody" });
  return request(`${at}/api/emails`, { method: "POST", headers, body });
}

it("Requests to send are counted by tenant; the headers say where the limit stands, and one too many is told when to come again", async () => {
  const tenantId = uniqueName("tenant");
  const first = await send(tenantId);
  expect(first.status).toBe(422);
  expect(Object.fromEntries(first.headers)).toMatchObject({
    "ratelimit-limit": "2",
    "ratelimit-remaining": "1",
    "ratelimit-reset": "100",
  });
  expect(first.headers.has("retry-after")).toBe(false);
  await send(tenantId);
  const refused = await send(tenantId);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("content-type")).toContain("problem+json");
  expect(await refused.json()).toMatchObject({
    title: "Too many requests",
    detail: expect.stringContaining(`the rate limit email-sending of ${tenantId}`) as string,
  });
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(90);
  expect(refused.headers.get("ratelimit-remaining")).toBe("0");
  expect((await send(uniqueName("tenant"))).status).toBe(422);
});

it("What was allowed and refused shows in the metrics, behind the token", async () => {
  expect((await request(`${url}/metrics`)).status).toBe(401);
  const text = await (await request(`${url}/metrics`, { headers: { authorization } })).text();
  expect(text).toMatch(/^rate_limit_checks_total\{limit="email-sending",result="allowed",role="api"\} 3$/m);
  expect(text).toMatch(/^rate_limit_checks_total\{limit="email-sending",result="refused",role="api"\} 1$/m);
});

it("Redis away: nothing is sent; limits switched off: nobody is asked", async () => {
  const [away, off] = await Promise.all([
    runApi(databaseUrl, { apiToken }),
    runApi(databaseUrl, { apiToken, rateLimitEnabled: false }),
  ]);
  try {
    expect((await send("any", away.url)).status).toBe(503);
    const free = await send("any", off.url);
    expect(free.status).toBe(422);
    expect(free.headers.has("ratelimit-limit")).toBe(false);
  } finally {
    await Promise.all([away.api.close(), off.api.close()]);
  }
});
