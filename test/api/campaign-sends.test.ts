import { beforeAll, describe, expect, it } from "vitest";
import { defaultRateLimits } from "../../domain/rate-limits.js";
import { messagesTo } from "../email/fixture.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { request, runApi } from "./fixture.js";

const apiToken = "a-token-of-the-api-tests";
const path = "/api/queue/campaigns/send";

let world: World;
let url: string;

beforeAll(async () => {
  world = await startWorld();
  const { api, url: base } = await runApi(world.config.databaseUrl, {
    ...{ temporal: world.config.temporal, redisUrl: world.config.redisUrl, apiToken },
    rateLimits: { ...defaultRateLimits, "email-sending": { perSecond: 0.01, burst: 20, adaptive: false } },
  });
  url = `${base}${path}`;
  return () => api.close();
});

async function ask(method: string, query: Record<string, string>, body?: object) {
  const response = await request(`${url}?${new URLSearchParams(query).toString()}`, {
    method,
    headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, answer };
}

function start(body: object) {
  return ask("POST", {}, body);
}

function ended(tenantId: string, campaignId: unknown) {
  const query = { tenant_id: tenantId, campaign_id: String(campaignId) };
  return until("the send has ended", async () => {
    const { answer } = await ask("GET", query);
    return (answer.status === "completed" || answer.status === "cancelled") && answer;
  });
}

const template = {
  subject: "Welcome {{name}}",
  html: "<p>Welcome {{name}}, {{id}}!</p>",
  text: "Hi {{name}}",
};
const sender = { email: "noreply@sender.example", name: "Sender" };

describe("POST /api/queue/campaigns/send", () => {
  it("starts a campaign's send once, however often it is asked, and tells how it stands", async () => {
    const { tenantId } = await createAudience(world, { contacts: 5, domain: "queued.example" });
    const { campaignId } = await createCampaign(world, tenantId);
    const body = { tenant_id: tenantId, campaign_id: campaignId, user_id: "ann" };
    const [first, again] = [await start(body), await start(body)];
    expect(first).toMatchObject({ status: 202, answer: { campaign_id: campaignId, created: true } });
    expect(first.headers.get("ratelimit-remaining")).toBe("19");
    expect(again).toMatchObject({ status: 200, answer: { send_id: first.answer.send_id, created: false } });
    expect(await ended(tenantId, campaignId)).toMatchObject({
      ...{ send_id: first.answer.send_id, status: "completed", recipients: 5, sent: 5, failed: 0 },
    });
    const late = await ask("DELETE", { tenant_id: tenantId, campaign_id: campaignId });
    expect(late.status).toBe(409);
    const [progress] = await world.floe.progress.list({ tenantId, user: "ann" });
    expect(progress).toMatchObject({ id: first.answer.send_id });
  });

  it("sends to recipients that come with it; a repeated key is the same send and no second mail", async () => {
    const { tenantId } = await createAudience(world, { contacts: 1, domain: "before.example" });
    const body = {
      ...{ tenant_id: tenantId, user_id: "ann", idempotency_key: "welcome", template, sender },
      recipients: [
        { id: "1", email: "One@inline.example", name: "One" },
        { id: "2", email: "two@inline.example", name: "Two", attributes: { city: "Oslo" } },
        { id: "2", email: "two@inline.example", name: "Two" },
      ],
    };
    const [first, again] = await Promise.all([start(body), start(body)]);
    expect(again.answer.send_id).toBe(first.answer.send_id);
    expect(await ended(tenantId, first.answer.campaign_id)).toMatchObject({ recipients: 2, sent: 2 });
    expect(await start(body)).toMatchObject({ status: 200, answer: { created: false } });
    for (const [address, greeting] of [
      ["one@inline.example", "Welcome One, 1!"],
      ["two@inline.example", "Welcome Two, 2!"],
    ] as const) {
      const messages = messagesTo(world, address);
      expect(messages).toHaveLength(1);
      expect(messages[0]?.body?.replaceAll("=\r\n", "")).toContain(greeting);
    }
    expect(messagesTo(world, "user0@before.example")).toEqual([]);
  });

  it("is cancelled before it begins, and nobody gets it", async () => {
    const { tenantId } = await createAudience(world, { contacts: 3, domain: "later.example" });
    const { campaignId } = await createCampaign(world, tenantId);
    const at = new Date(Date.now() + 3_600_000).toISOString();
    await start({ tenant_id: tenantId, campaign_id: campaignId, at });
    const which = { tenant_id: tenantId, campaign_id: campaignId };
    expect(await ask("GET", which)).toMatchObject({ status: 200, answer: { status: "scheduled", sent: 0 } });
    expect(await ask("DELETE", which)).toMatchObject({ status: 202, answer: { cancelling: true } });
    expect(await ended(tenantId, campaignId)).toMatchObject({ status: "cancelled", sent: 0 });
    expect(messagesTo(world, "user0@later.example")).toEqual([]);
  });

  it("refuses what is wrong by the caller's names, and writes nothing", async () => {
    const { tenantId } = await createAudience(world, { contacts: 0, domain: "unused.example" });
    const { length: before } = await world.floe.templates.list(tenantId);
    const good = { tenant_id: tenantId, template, sender, recipients: [{ email: "a@b.example" }] };
    const wrong: [over: object, field: string][] = [
      [{ recipients: [] }, "recipients"],
      [{ recipients: "all" }, "recipients"],
      [{ recipients: [{ email: "a@b.example" }, { email: "nobody" }] }, "recipients.1.email"],
      [{ recipients: [{ email: "a@b.example", first_name: 7 }] }, "recipients.0.first_name"],
      [{ sender: { email: "x" } }, "sender.email"],
      [{ template: { subject: "{{#if}}", html: "" } }, "subject"],
      [{ idempotency_key: "" }, "idempotency_key"],
      [{ list: "all" }, "list"],
    ];
    for (const [over, field] of wrong) {
      const { status, answer } = await start({ ...good, ...over });
      expect(status, field).toBe(422);
      expect((answer.problems as { field: string }[]).map((problem) => problem.field)).toContain(field);
    }
    expect(await world.floe.templates.list(tenantId)).toHaveLength(before);
    expect(await world.floe.contacts.list({ tenantId })).toEqual([]);
    const none = { tenant_id: tenantId, campaign_id: "0198c5d2-0000-7000-8000-000000000000" };
    expect((await start(none)).status).toBe(404);
    expect((await ask("GET", none)).status).toBe(404);
    expect((await ask("GET", { tenant_id: tenantId })).answer.problems).toMatchObject([
      { field: "campaign_id" },
    ]);
  });

  it("holds back whoever asks too often, and lets nobody in without the token", async () => {
    const { tenantId } = await createAudience(world, { contacts: 0, domain: "unused.example" });
    const body = { tenant_id: tenantId, user_id: "eager", recipients: [] };
    for (let i = 0; i < 20; i += 1) expect((await start(body)).status).toBe(422);
    const refused = await start(body);
    expect(refused.status).toBe(429);
    expect(refused.headers.has("retry-after")).toBe(true);
    for (const method of ["POST", "GET", "DELETE"]) expect((await request(url, { method })).status).toBe(401);
  });
});
