import { randomUUID } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startNameServer, type NameServer } from "../support/name-server.js";
import { until } from "../support/until.js";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.js";
import { startWorld, type World } from "../support/world.js";
import { createTenant } from "../webhooks/fixture.js";
import { asking, keyOf } from "./asking.js";
import { request, runApi } from "./fixture.js";

const apiToken = "a-token-of-the-api-tests";

let world: World;
let receiver: WebhookReceiver;
let url: string;
let names: NameServer;
let tenantId: string;
beforeAll(async () => {
  [world, receiver] = await Promise.all([startWorld(), startWebhookReceiver()]);
  const { databaseUrl, redisUrl, temporal } = world.config;
  names = await startNameServer((name) => (name === "inside.example" ? ["10.0.0.1"] : []));
  const running = await runApi(databaseUrl, { redisUrl, temporal, apiToken, dnsServers: [names.server] });
  url = running.url;
  return async () => {
    await running.api.close();
    await names.close();
    await receiver.kill();
  };
});
beforeEach(async () => (tenantId = await createTenant(world)));

async function ask(method: string, path: string, body?: unknown) {
  const response = await request(`${url}${path}`, {
    method,
    // As browsers do: a request without a body is of no type, and says that its length is 0.
    headers: {
      authorization: `Bearer ${apiToken}`,
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    answer: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}

async function create(path: string, over: object = {}): Promise<Record<string, unknown>> {
  const body = { tenant_id: tenantId, url: receiver.url(path), allow_private: true, ...over };
  const { status, answer } = await ask("POST", "/api/webhooks", body);
  expect(status).toBe(201);
  return answer;
}

const own = (path: string, query = "") => `${path}?tenant_id=${tenantId}${query}`;

describe("/api/webhooks", () => {
  it("refuses a URL that leads inside, by address or by name, wherever it is given, and changes nothing", async () => {
    const ask = asking(url, await keyOf(world, tenantId));
    const { body: created } = await ask("POST", "/api/webhooks", { url: "https://outside.example/hook" });
    const path = `/api/webhooks/${String(created.webhook_id)}`;
    const refused = { status: 422, body: { problems: [{ field: "url", pointer: "/url" }] } };
    const hosts = ["127.0.0.1", "2130706433", "10.1.2.3", "169.254.169.254", "[::1]", "[fd00:ec2::254]"];
    for (const host of [...hosts, "localhost", "inside.example"]) {
      const change = { url: `https://${host}/hook` };
      expect(await ask("PATCH", path, change), host).toMatchObject(refused);
      expect(await ask("POST", "/api/webhooks", change), host).toMatchObject(refused);
    }
    expect(names.asked).toContain("inside.example");
    expect(await ask("GET", path)).toMatchObject({
      status: 200,
      body: { url: "https://outside.example/hook" },
    });
  });

  it("what the platform allowed to be inside is that one address: a tenant leads it nowhere else inside", async () => {
    const { webhook_id: id } = await create("/private");
    const ask = asking(url, await keyOf(world, tenantId));
    const path = `/api/webhooks/${String(id)}`;
    expect(await ask("PATCH", path, { url: "http://10.0.0.1/hook" })).toMatchObject({ status: 422 });
    expect(await ask("PATCH", path, { url: receiver.url("/private"), per_second: 5 })).toMatchObject({
      ...{ status: 200, body: { allow_private: true, per_second: 5 } },
    });
    expect(await ask("PATCH", path, { url: "https://outside.example/" })).toMatchObject({
      ...{ status: 200, body: { allow_private: false } },
    });
  });

  it("creates, shows, changes, pauses, resumes and removes an endpoint; its secret is shown once", async () => {
    const { webhook_id, secret, ...created } = await create("/api", { event_types: ["email.bounced"] });
    expect(secret).toMatch(/^whsec_/);
    const path = `/api/webhooks/${String(webhook_id)}`;
    expect(await ask("GET", own(path))).toEqual({ status: 200, answer: { webhook_id, ...created } });
    expect(await ask("PATCH", path, { tenant_id: tenantId, per_second: 5, event_types: null })).toMatchObject(
      {
        status: 200,
        answer: { per_second: 5, event_types: null, max_attempts: 22 },
      },
    );
    expect((await ask("POST", own(`${path}/pause`))).answer).toMatchObject({ status: "paused" });
    expect((await ask("POST", own(`${path}/resume`))).answer).toMatchObject({ status: "active" });
    const rotated = await ask("POST", `${path}/rotate-secret`, { tenant_id: tenantId, keep_old_ms: 60_000 });
    expect(rotated.answer.secret).not.toBe(secret);
    expect(rotated.answer.previous_secret_until).toEqual(expect.any(String));
    const { answer } = await ask("GET", own("/api/webhooks"));
    expect(answer.data).toMatchObject([{ webhook_id }]);
    expect(JSON.stringify(answer)).not.toContain("whsec_");
    expect((await ask("DELETE", own(path))).status).toBe(204);
    expect((await ask("GET", own(path))).status).toBe(404);
  });

  it("tells an event of the tenant's own once, shows its attempts, and tells it again when asked to", async () => {
    const { webhook_id, secret } = await create("/told");
    await receiver.behave({ "/told": { secret: String(secret), keep: true } });
    const event = { tenant_id: tenantId, type: "order.paid", data: { n: 1 }, dedup_key: "order-1" };
    expect(await ask("POST", "/api/webhook-events", event)).toMatchObject({
      status: 202,
      answer: { event_id: expect.any(String) as string },
    });
    expect(await ask("POST", "/api/webhook-events", event)).toEqual({
      status: 200,
      answer: { event_id: null, created: false },
    });
    const delivered = own("/api/webhook-deliveries", `&webhook_id=${String(webhook_id)}&status=delivered`);
    const [delivery] = await until("it is delivered", async () => {
      const { data } = (await ask("GET", delivered)).answer as { data: Record<string, unknown>[] };
      return data.length === 1 && data;
    });
    expect(delivery).toMatchObject({ type: "order.paid", data: { n: 1 }, attempts: 1, response_status: 200 });
    const path = `/api/webhook-deliveries/${String(delivery?.delivery_id)}`;
    expect((await ask("GET", own(`${path}/attempts`))).answer).toMatchObject({
      data: [{ attempt: 1, outcome: "answered", response_status: 200 }],
    });
    expect((await ask("GET", own(path))).answer).toEqual(delivery);
    const events = (await ask("GET", own("/api/webhook-events", "&type=order.paid"))).answer.data;
    expect(events).toMatchObject([{ event_id: delivery?.event_id, data: { n: 1 }, version: 1 }]);
    const one = own(`/api/webhook-events/${String(delivery?.event_id)}`);
    expect((await ask("GET", one)).answer).toMatchObject({
      ...{ type: "order.paid", priority: 3, requested_by: "api-token" },
    });
    expect((await ask("POST", own(`${path}/retry`))).status).toBe(202);
    const hits = await until("it is told again", async () => {
      const seen = await receiver.hits("/told");
      return seen.length === 2 && seen;
    });
    expect(hits.map(({ webhookId, verified }) => [webhookId, verified])).toEqual(
      Array(2).fill([delivery?.message_id, true]),
    );
  });

  it("tells which events there are, with their fields", async () => {
    const { data } = (await ask("GET", "/api/webhook-event-types")).answer as { data: { type: string }[] };
    expect(data.map(({ type }) => type)).toContain("email.bounced");
    expect(data.find(({ type }) => type === "email.clicked")).toMatchObject({
      version: 1,
      data: { url: expect.any(String) as string },
    });
  });

  it("reaches into the network that Floe runs in for the platform alone", async () => {
    const shop = asking(url, await keyOf(world, tenantId));
    const inside = { url: receiver.url("/inside"), allow_private: true };
    const refused = await shop("POST", "/api/webhooks", inside);
    expect(refused).toMatchObject({ status: 422, body: { problems: [{ pointer: "/allow_private" }] } });
    const { body } = await shop("POST", "/api/webhooks", { url: "https://example.com/hook" });
    const path = `/api/webhooks/${String(body.webhook_id)}`;
    expect((await shop("PATCH", path, { allow_private: true })).status).toBe(422);
    expect((await shop("GET", path)).body).toMatchObject({ allow_private: false });
  });

  it("sends one endpoint a test event", async () => {
    const { webhook_id } = await create("/test", { event_types: ["email.bounced"] });
    await receiver.behave({ "/test": { keep: true } });
    expect((await ask("POST", own(`/api/webhooks/${String(webhook_id)}/test`))).status).toBe(202);
    const [hit] = await until("it is told", async () => {
      const seen = await receiver.hits("/test");
      return seen.length === 1 && seen;
    });
    expect(hit?.body).toContain('"type":"webhook.test"');
  });

  it("names the field of every mistake as the caller named it, and changes nothing", async () => {
    const wrong: [body: object, field: string][] = [
      [{ url: "ftp://example.com" }, "url"],
      [{ url: "https://user:pass@example.com" }, "url"],
      [{ url: "https://example.com", event_types: ["email.nonsense"] }, "event_types.0"],
      [{ url: "https://example.com", retry_base_ms: 1_000, retry_cap_ms: 500 }, "retry_cap_ms"],
      [{ url: "https://example.com", secret: "short" }, "secret"],
      [{ url: "https://example.com", maxAttempts: 3 }, "maxAttempts"],
      [{ url: "https://example.com", region: "../eu" }, "region"],
    ];
    for (const [body, field] of wrong) {
      const { status, answer } = await ask("POST", "/api/webhooks", { tenant_id: tenantId, ...body });
      expect(status, field).toBe(422);
      expect((answer.problems as { field: string }[]).map((problem) => problem.field)).toContain(field);
    }
    expect((await ask("GET", own("/api/webhooks"))).answer).toEqual({ data: [], next: null });
    const event = { tenant_id: tenantId, type: "email.faked", data: {} };
    expect((await ask("POST", "/api/webhook-events", event)).status).toBe(422);
    expect((await ask("GET", own("/api/webhook-deliveries", "&status=odd"))).status).toBe(422);
  });

  it("shows nobody another tenant's endpoints, and nothing without the token", async () => {
    const { webhook_id } = await create("/mine");
    const path = `/api/webhooks/${String(webhook_id)}`;
    for (const [method, other] of [
      ["GET", `${path}?tenant_id=somebody-else`],
      ["DELETE", `${path}?tenant_id=somebody-else`],
      ["POST", `${path}/pause?tenant_id=somebody-else`],
      ["GET", own(`/api/webhooks/${randomUUID()}`)],
      ["GET", own("/api/webhook-deliveries/1/attempts").replace(tenantId, "somebody-else")],
    ] as const)
      expect((await ask(method, other)).status, other).toBe(404);
    for (const path of ["/api/webhooks", "/api/webhook-deliveries", "/api/webhook-deliveries/1/attempts"])
      expect((await request(`${url}${own(path)}`)).status).toBe(401);
    expect((await request(`${url}/api/webhook-events`, { method: "POST" })).status).toBe(401);
  });
});
