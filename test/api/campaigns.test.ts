import { beforeAll, expect, it } from "vitest";
import { until } from "../support/until.js";
import { createAudience, limitsSeen, startWorld, type World } from "../support/world.js";
import { allPages, asking, keyOf, type Ask } from "./asking.js";
import { runApi } from "./fixture.js";

let world: World;
let url: string;
let platform: Ask;

beforeAll(async () => {
  world = await startWorld();
  const { databaseUrl, redisUrl, temporal } = world.config;
  const apiToken = "a-token-of-the-platform";
  const running = await runApi(databaseUrl, { redisUrl, temporal, apiToken });
  url = running.url;
  platform = asking(url, apiToken);
  return () => running.api.close();
});

interface Shop {
  tenantId: string;
  nodeId: string;
  ask: Ask;
}

async function newShop(contacts: number, domain: string): Promise<Shop> {
  const { tenantId, nodeId } = await createAudience(world, { contacts, domain });
  return { tenantId, nodeId, ask: asking(url, await keyOf(world, tenantId, "operator")) };
}

const composed = { name: "News", template: "hello", list: "everybody", from_email: "news@example.com" };

async function startedBy({ ask }: Shop, start: object = {}): Promise<string> {
  const { body } = await ask("POST", "/api/campaigns", composed);
  const started = await ask("POST", `/api/campaigns/${String(body.campaign_id)}/start`, start);
  expect(started.headers.get("location")).toBe(`/api/sends/${String(started.body.send_id)}`);
  return String(started.body.send_id);
}

const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

it("A campaign is composed, listed page by page, started once, and its ledger read", async () => {
  const shop = await newShop(5, "rest.example");
  const { ask, tenantId } = shop;
  const sendId = await startedBy(shop);
  await startedBy(shop, { at: inAnHour() });
  expect((await allPages(ask, "/api/campaigns?limit=1")).map(({ name }) => name)).toEqual(["News", "News"]);
  expect(await allPages(ask, "/api/sends?limit=1")).toHaveLength(2);
  const send = await until("it has ended", async () => {
    const { body } = await ask("GET", `/api/sends/${sendId}`);
    return body.status === "completed" && body;
  });
  expect(send).toMatchObject({ tenant_id: tenantId, counts: { sent: 5 }, accounted_for: true });
  const again = await ask("POST", `/api/campaigns/${String(send.campaign_id)}/start`);
  expect(again).toMatchObject({ status: 200, body: { send_id: sendId, created: false } });
  expect((await ask("GET", `/api/sends/${sendId}/progress`)).body).toMatchObject({ sent: 5 });
  expect((await ask("GET", `/api/sends/${sendId}/analytics`)).body).toMatchObject({ unique_opens: 0 });
  const recipients = await allPages(ask, `/api/sends/${sendId}/recipients?status=sent&limit=2`);
  expect(recipients).toHaveLength(5);
  expect(recipients[0]).toMatchObject({ reply_code: 250, node_id: shop.nodeId, attempts: 1, held_by: null });
  expect((await ask("POST", `/api/sends/${sendId}/pause`)).status).toBe(409);
  expect((await ask("POST", `/api/sends/${sendId}/retry-failed`)).body).toEqual({ revived: 0 });
  expect((await ask("POST", `/api/sends/${sendId}/resolve-unknown`, { as: "sent" })).body).toEqual({
    resolved: 0,
  });
});

it("Recipients who wait tell the limit that holds them back", async () => {
  const shop = await newShop(8, "held.example");
  await world.floe.limits.set({ scope: "node", key: shop.nodeId, perDay: 3 });
  await limitsSeen();
  const sendId = await startedBy(shop);
  const heldBy = `node:${shop.nodeId} day`;
  const [hold] = await until("it is held", async () => {
    const { body } = await shop.ask("GET", `/api/sends/${sendId}/holds`);
    const holds = body.data as Record<string, unknown>[];
    return holds.length > 0 && holds;
  });
  expect(hold).toMatchObject({ held_by: heldBy, batches: 1, recipients: 5 });
  const rows = await allPages(shop.ask, `/api/sends/${sendId}/recipients?limit=3`);
  const waiting = rows.filter(({ status }) => status === "pending");
  expect(waiting.map((row) => row.held_by)).toEqual(Array(5).fill(heldBy));
  expect(rows.filter(({ status }) => status === "sent").map((row) => row.held_by)).toEqual([
    null,
    null,
    null,
  ]);
  const recipients = `/api/sends/${sendId}/recipients`;
  const byLimit = `held_by=${encodeURIComponent(heldBy)}`;
  expect((await allPages(shop.ask, `${recipients}?limit=2&${byLimit}`)).map((row) => row.email)).toEqual(
    waiting.map((row) => row.email),
  );
  expect(await allPages(shop.ask, `${recipients}?limit=2&missed=false`)).toHaveLength(3);
  expect((await shop.ask("GET", `${recipients}?held_by=node:another`)).body.data).toEqual([]);
  const lines = async (query: string): Promise<string[]> =>
    String((await shop.ask("GET", `${recipients}.csv?${query}`)).body.text)
      .trimEnd()
      .split("\n");
  const [names = "", ...missed] = await lines("missed=true");
  expect(names).toMatch(/^contact_id,email,status,.*,held_by,free_at$/);
  expect(missed).toHaveLength(5);
  for (const line of missed) expect(line).toMatch(new RegExp(`pending,.*,${heldBy},20\\d\\d-`));
  expect(await lines(byLimit)).toEqual([names, ...missed]);
  expect(await lines("")).toHaveLength(9);
  const { body: outcomes } = await shop.ask("GET", `/api/sends/${sendId}/outcomes`);
  expect(outcomes).toMatchObject({
    providers: [{ mailbox_provider: "other", recipients: 8, delivered: 3 }],
    reasons: [],
  });
  await shop.ask("POST", `/api/sends/${sendId}/cancel`);
  await world.floe.campaigns.wait({ tenantId: shop.tenantId, sendId });
  expect((await shop.ask("GET", `/api/sends/${sendId}/holds`)).body.data).toEqual([]);
  // Held batches ask again every half minute.
}, 180_000);

it("A send is steered, and only by who has seen how it stands", async () => {
  const shop = await newShop(2, "steered.example");
  const sendId = await startedBy(shop, { at: inAnHour(), per_second: 1 });
  const path = `/api/sends/${sendId}`;
  expect((await shop.ask("PUT", `${path}/rate`, { per_second: 7 })).status).toBe(202);
  const seen = await until("the rate is written", async () => {
    const answer = await shop.ask("GET", path);
    return answer.body.per_second === 7 && answer;
  });
  const etag = seen.headers.get("etag") ?? "";
  expect((await shop.ask("POST", `${path}/pause`, {}, { "if-match": '"old"' })).status).toBe(412);
  expect((await shop.ask("POST", `${path}/pause`, {}, { "if-match": etag })).status).toBe(202);
  const becomes = (status: string) =>
    until(`it is ${status}`, async () => (await shop.ask("GET", path)).body.status === status);
  await becomes("paused");
  await shop.ask("POST", `${path}/resume`);
  await becomes("scheduled");
  await shop.ask("POST", `${path}/cancel`);
  await becomes("cancelled");
  const { body } = await shop.ask("GET", "/api/audit?action=sends.cancel");
  expect(body.data).toMatchObject([{ subject: sendId, outcome: "done" }]);
});

it("What is wrong is told by its place, and what is another's is not there", async () => {
  const shop = await newShop(1, "wrong.example");
  const other = await newShop(0, "other.example");
  const wrong = await shop.ask("POST", "/api/campaigns", { ...composed, from_email: "x", track_opens: 1 });
  expect(wrong).toMatchObject({
    status: 422,
    body: { problems: [{ pointer: "/from_email" }, { pointer: "/track_opens" }] },
  });
  const sendId = await startedBy(shop, { at: inAnHour() });
  for (const path of ["", "/progress", "/recipients", "/recipients.csv", "/holds", "/analytics", "/outcomes"])
    expect((await other.ask("GET", `/api/sends/${sendId}${path}`)).status).toBe(404);
  for (const action of ["pause", "resume", "cancel", "retry-failed"])
    expect((await other.ask("POST", `/api/sends/${sendId}/${action}`)).status).toBe(404);
  expect((await other.ask("GET", `/api/sends?tenant_id=${shop.tenantId}`)).status).toBe(403);
  expect((await other.ask("GET", "/api/sends")).body.data).toEqual([]);
  expect((await platform("GET", `/api/sends/${sendId}?tenant_id=${shop.tenantId}`)).status).toBe(200);
  const viewer = asking(url, await keyOf(world, shop.tenantId, "viewer"));
  expect((await viewer("POST", `/api/sends/${sendId}/cancel`)).status).toBe(403);
});

it("A draft is edited and deleted; once started it stays as it was sent", async () => {
  const shop = await newShop(1, "drafts.example");
  const { ask, tenantId } = shop;
  const { body } = await ask("POST", "/api/campaigns", { ...composed, from_name: "News" });
  const path = `/api/campaigns/${String(body.campaign_id)}`;
  const filter = { field: "email", op: "contains", value: "@" };
  await ask("POST", "/api/segments", { name: "some", filter });
  const change = { name: "Other", segment: "some", from_name: null, track_opens: false };
  const changed = await ask("PATCH", path, change);
  expect(changed).toMatchObject({
    status: 200,
    body: {
      name: "Other",
      list_id: null,
      from_name: null,
      track_opens: false,
      from_email: "news@example.com",
    },
  });
  expect(changed.body.segment_id).not.toBeNull();
  expect((await ask("GET", path)).body).toEqual(changed.body);
  const wrong = { from_email: "nobody", reply_to: "a@b@c" };
  expect(await ask("PATCH", path, wrong)).toMatchObject({
    status: 422,
    body: { problems: [{ pointer: "/from_email" }, { pointer: "/reply_to" }] },
  });
  expect((await ask("PATCH", path, { list: "everybody", segment: "some" })).status).toBe(422);
  expect((await ask("PATCH", path, { template: "none" })).status).toBe(404);
  expect((await ask("GET", path)).body).toEqual(changed.body);
  const other = await newShop(1, "others.example");
  expect((await other.ask("DELETE", path)).status).toBe(404);
  expect((await ask("DELETE", path)).status).toBe(204);
  expect((await ask("DELETE", path)).status).toBe(404);

  await startedBy(shop, { at: inAnHour() });
  const [started] = await allPages(ask, "/api/campaigns");
  const of = `/api/campaigns/${String(started?.campaign_id)}`;
  expect((await ask("PATCH", of, { name: "Late" })).status).toBe(409);
  expect((await ask("DELETE", of)).status).toBe(409);
  const test = await world.floe.abTests.create({
    ...{ tenantId, name: "Test", list: "everybody", fromEmail: "news@example.com" },
    variants: [{ template: "hello" }, { template: "hello" }],
  });
  const theirs = await ask("PATCH", `/api/campaigns/${test.abTestId}`, { name: "Mine" });
  expect(theirs).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining("A/B test") as string },
  });
});
