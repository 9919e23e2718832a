import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser } from "../sign-in/browser.js";
import { openDoor, ownPassword, type Door } from "../sign-in/fixture.js";
import { until } from "../support/until.js";
import { endlessImport, LiveSocket, move } from "./fixture.js";

let door: Door;
beforeAll(async () => {
  door = await openDoor({}, { liveLimits: { recheckMs: 200 } });
}, 60_000);
afterAll(() => door.api.close());

interface Wanted {
  tenant?: string;
  body?: object;
}

async function ticketOf(browser: Browser, { tenant, body = {} }: Wanted = {}): Promise<string | number> {
  const headers: Record<string, string> = tenant === undefined ? {} : { "floe-tenant": tenant };
  const answer = await browser.ask("/api/live/tickets", { body, headers });
  return answer.status === 201 ? String(answer.body.ticket) : answer.status;
}

async function follow(browser: Browser, wanted?: Wanted): Promise<LiveSocket> {
  const ticket = String(await ticketOf(browser, wanted));
  const live = await LiveSocket.open(door.url, { protocols: ["floe.live.v1", `floe.ticket.${ticket}`] });
  live.ask({ type: "subscribe", channel: "progress", snapshot: true });
  await live.first("caught_up");
  return live;
}

test("Who signed in follows the tenant of the session, and no other", async () => {
  const browser = await door.signIn(await door.person({ acme: "viewer", other: "viewer" }));
  const { pool } = door.database;
  const [own, theirs] = [await endlessImport(pool, "acme"), await endlessImport(pool, "other")];
  const live = await follow(browser, { tenant: "acme" });
  await move(pool, [theirs]);
  await move(pool, [own]);
  expect((await live.first("update")).data).toMatchObject({ tenant_id: "acme", id: own });
  expect(JSON.stringify(live.messages)).not.toContain(theirs);
  live.socket.close();
  expect(await ticketOf(browser)).toBe(403);
  expect(await ticketOf(browser, { tenant: "acme", body: { tenant_id: "other" } })).toBe(403);
  const ofForeignPage = await browser.ask("/api/live/tickets", {
    ...{ body: {}, headers: { "floe-tenant": "acme", "sec-fetch-site": "cross-site" } },
  });
  expect(ofForeignPage.status).toBe(403);
});

test("An admin names the tenant, in the header or in what is asked", async () => {
  const browser = await door.signIn(await door.person({}, { admin: true }));
  expect(await ticketOf(browser)).toBe(422);
  for (const wanted of [{ tenant: "acme" }, { body: { tenant_id: "acme" } }]) {
    const live = await follow(browser, wanted);
    live.socket.close();
  }
  const nowhere = String(await ticketOf(browser, { body: { tenant_id: "nowhere" } }));
  await expect(LiveSocket.open(door.url, { query: { ticket: nowhere } })).rejects.toThrow("404");
});

test("A connection ends with its session, however that ends, and not with another one", async () => {
  const ann = await door.person({ acme: "viewer" });
  const [first, second] = [await door.signIn(ann), await door.signIn(ann)];
  const stays = await door.signIn(await door.person({ acme: "viewer" }));
  const [out, revoked, other] = [await follow(first), await follow(second), await follow(stays)];
  await first.ask("/api/session", { method: "DELETE" });
  expect(await out.closed()).toEqual({ code: 1008, reason: "key_invalid" });
  expect(revoked.closedWith).toBeUndefined();
  await second.ask("/api/sessions", { method: "DELETE" });
  await revoked.closed();

  const bob = await door.person({ acme: "viewer", other: "viewer" });
  const removed = await follow(await door.signIn(bob), { tenant: "acme" });
  const kept = await follow(await door.signIn(bob), { tenant: "other" });
  await door.users.removeFrom({ tenantId: "acme", userId: bob.userId });
  await removed.closed();
  expect(kept.closedWith).toBeUndefined();
  await door.users.disable({ userId: bob.userId });
  await kept.closed();
  other.ask({ type: "ping" });
  await other.first("pong");
  other.socket.close();
});

test("A ticket of a session that ended meanwhile opens nothing; one whose cookie was renewed goes on", async () => {
  const browser = await door.signIn(await door.person({ acme: "viewer" }));
  const live = await follow(browser);
  const change = { current_password: ownPassword, new_password: `${ownPassword} again` };
  expect((await browser.ask("/api/session/password", { body: change })).status).toBe(204);
  const before = live.of("pong").length;
  const ticket = String(await ticketOf(browser));
  live.ask({ type: "ping" });
  await until("it is answered", () => Promise.resolve(live.of("pong").length > before));
  live.socket.close();
  await browser.ask("/api/session", { method: "DELETE" });
  await expect(LiveSocket.open(door.url, { query: { ticket } })).rejects.toThrow("401");
});
