import { connect } from "node:net";
import type pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { createApiKeys } from "../../client/api-keys.js";
import { createApiKeyStore } from "../../db/api-keys.js";
import { createCleanupStore } from "../../db/retention.js";
import { defaultRetention } from "../../domain/retention.js";
import { runApi } from "../api/fixture.js";
import { newTenant } from "../progress/fixture.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { until } from "../support/until.js";
import { Way } from "../support/way.js";
import { endlessImport, keyOf, LiveSocket, move, notify } from "./fixture.js";

const apiToken = "a-token-of-the-platform";
const page = "https://app.example.com";

let pool: pg.Pool;
let url: string;
/** To Redis. */
let way: Way;

beforeAll(async () => {
  const database = await testDatabase();
  pool = database.pool;
  way = new Way((await testRedis()).url);
  await way.open();
  const config = { redisUrl: way.databaseUrl, apiToken, liveOrigins: [page] };
  const limits = { connectionsPerKey: 3, subscriptions: 2 };
  const running = await runApi(database.databaseUrl, config, { liveLimits: limits });
  url = running.url;
  return async () => {
    await running.api.close();
    await way.cut();
  };
});

async function ticketOf(key: string, body: object = {}): Promise<string> {
  const response = await fetch(`${url}/api/live/tickets`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(String(response.status));
  return ((await response.json()) as { ticket: string }).ticket;
}

const refused = (options: Parameters<typeof LiveSocket.open>[1]) =>
  LiveSocket.open(url, options).then(
    () => "opened",
    (error: Error) => error.message,
  );

test("Nobody connects without a key that is valid, for another tenant, or from a page that was not named", async () => {
  const tenantId = await newTenant(pool);
  const other = await newTenant(pool);
  const { key } = await keyOf(pool, tenantId);
  expect(await refused({})).toBe("401");
  expect(await refused({ key: `${key.slice(0, -1)}-` })).toBe("401");
  expect(await refused({ query: { ticket: "x".repeat(43) } })).toBe("401");
  expect(await refused({ key, query: { tenant_id: other } })).toBe("403");
  expect(await refused({ key, headers: { origin: "https://evil.example" } })).toBe("403");
  expect(await refused({ key, headers: { origin: "null" } })).toBe("403");
  expect(await refused({ key: apiToken })).toBe("422");
  expect(await refused({ key, query: { user_id: "a\nb" } })).toBe("422");
  expect(await refused({ key: apiToken, query: { tenant_id: "nobody-there" } })).toBe("404");
  for (const headers of [{ origin: page }, { origin: url }]) {
    const live = await LiveSocket.open(url, { key, headers });
    live.socket.close();
    await live.closed();
  }
  const platform = await LiveSocket.open(url, { key: apiToken, query: { tenant_id: tenantId } });
  platform.ask({ type: "subscribe", channel: "progress" });
  await platform.first("subscribed");
  platform.socket.close();
});

test("A ticket opens one connection, bound to its user; what is wrong with it is said", async () => {
  const tenantId = await newTenant(pool);
  const { key } = await keyOf(pool, tenantId);
  const ticket = await ticketOf(key, { user_id: "ann" });
  const protocols = ["floe.live.v1", `floe.ticket.${ticket}`];
  const live = await LiveSocket.open(url, { protocols, headers: { origin: page } });
  expect(live.socket.protocol).toBe("floe.live.v1");
  expect(await refused({ protocols })).toBe("401");
  const [ofAnn, ofBob] = [
    await endlessImport(pool, tenantId, "ann"),
    await endlessImport(pool, tenantId, "bob"),
  ];
  live.ask({ type: "subscribe", channel: "progress", user: "bob" });
  expect((await live.first("error")).problem).toMatchObject({ status: 403 });
  live.ask({ type: "subscribe", channel: `sends/${ofBob}` });
  await until("it is refused", () => Promise.resolve(live.of("error")[1]?.problem.status === 404));
  live.ask({ type: "subscribe", channel: "progress", snapshot: true });
  live.ask({ type: "subscribe", channel: "notifications" });
  await until("both are followed", () => Promise.resolve(live.of("caught_up").length === 2));
  await move(pool, [ofAnn, ofBob]);
  await notify(pool, tenantId, "for bob", "bob");
  await notify(pool, tenantId, "for all");
  await notify(pool, tenantId, "for ann", "ann");
  await until("what is theirs was told", () => Promise.resolve(live.of("update").length === 3));
  await move(pool, [ofAnn, ofBob]);
  await until("and goes on", () => Promise.resolve(live.of("update").length === 4));
  expect(JSON.stringify(live.messages)).not.toContain('bob"');
  live.socket.close();

  const query = { ticket: await ticketOf(key) };
  const second = await LiveSocket.open(url, { query });
  second.socket.close();
  expect(await refused({ query })).toBe("401");
  await expect(ticketOf(key, { user_id: "" })).rejects.toThrow("422");
  await expect(ticketOf(key, { colour: "red" })).rejects.toThrow("422");
  await expect(ticketOf(key, { tenant_id: "another" })).rejects.toThrow("403");
  await expect(ticketOf(`${key}x`)).rejects.toThrow("401");
});

test("Another tenant's key and ids see nothing, and a key that is narrowed only what it may", async () => {
  const [tenantId, other] = [await newTenant(pool), await newTenant(pool)];
  const { key } = await keyOf(pool, other);
  const [theirs, own] = [await endlessImport(pool, tenantId), await endlessImport(pool, other)];
  const live = await LiveSocket.open(url, { key });
  live.ask({ type: "subscribe", channel: `sends/${theirs}` });
  expect((await live.first("error")).problem).toMatchObject({ status: 404 });
  live.ask({ type: "subscribe", channel: "progress", cursor: "0" });
  live.ask({ type: "subscribe", channel: "notifications" });
  await until("both are followed", () => Promise.resolve(live.of("caught_up").length === 2));
  await notify(pool, tenantId, "secret");
  await move(pool, [theirs]);
  await move(pool, [theirs, own]);
  await notify(pool, other, "own");
  const ofOwn = () => live.of("update").map(({ data }) => data as { tenant_id: string; processed?: number });
  await until("its own are told", () =>
    Promise.resolve(
      ofOwn().some(({ processed }) => processed === 10) && ofOwn().some((data) => !("processed" in data)),
    ),
  );
  expect(new Set(ofOwn().map(({ tenant_id: tenant }) => tenant))).toEqual(new Set([other]));
  live.ask({ type: "subscribe", channel: `sends/${own}` });
  await until("a third is too many", () => Promise.resolve(live.of("error")[1]?.problem.status === 429));
  live.socket.close();

  const narrow = await keyOf(pool, other, { scopes: ["notifications:read"] });
  const reader = await LiveSocket.open(url, { key: narrow.key });
  reader.ask({ type: "subscribe", channel: "progress" });
  expect((await reader.first("error")).problem).toMatchObject({ status: 403 });
  reader.ask({ type: "subscribe", channel: "notifications" });
  await reader.first("subscribed");
  const more = [
    await LiveSocket.open(url, { key: narrow.key }),
    await LiveSocket.open(url, { key: narrow.key }),
  ];
  expect(await refused({ key: narrow.key })).toBe("429");
  for (const { socket } of [reader, ...more]) socket.close();
});

test("When a key is revoked, expires, or its old secret does, its connections are closed; others stay", async () => {
  const tenantId = await newTenant(pool);
  const keys = createApiKeys(createApiKeyStore(pool));
  const made = [await keyOf(pool, tenantId), await keyOf(pool, tenantId), await keyOf(pool, tenantId)];
  const [revoked, expired, rotated] = made;
  const stays = await LiveSocket.open(url, { key: (await keyOf(pool, tenantId)).key });
  const open = await Promise.all(made.map(({ key }) => LiveSocket.open(url, { key })));
  const byTicket = await LiveSocket.open(url, { query: { ticket: await ticketOf(revoked?.key ?? "") } });
  await keys.revoke({ tenantId, keyId: revoked?.keyId ?? "" });
  await pool.query("update api_keys set expires_at = now() where key_id = $1", [expired?.keyId]);
  await keys.rotate({ tenantId, keyId: rotated?.keyId ?? "", keepOldMs: 0 });
  for (const live of [...open, byTicket]) {
    expect(await live.closed()).toEqual({ code: 1008, reason: "key_invalid" });
    expect(live.of("bye")).toEqual([{ type: "bye", reason: "key_invalid" }]);
  }
  stays.ask({ type: "ping" });
  await stays.first("pong");
  stays.socket.close();
});

test("A cursor older than what is kept, or that was never given, gets a snapshot and goes on behind it", async () => {
  const tenantId = await newTenant(pool);
  const { key } = await keyOf(pool, tenantId);
  const importId = await endlessImport(pool, tenantId);
  for (let i = 0; i < 3; i += 1) await move(pool, [importId]);
  await pool.query(
    "update progress_updates set recorded_at = recorded_at - interval '25 hours' where tenant_id = $1",
    [tenantId],
  );
  await createCleanupStore(pool, defaultRetention).deleteOld("progress_updates");
  await move(pool, [importId]);
  await notify(pool, tenantId, "kept");
  for (const cursor of ["1", "99"]) {
    const live = await LiveSocket.open(url, { key });
    live.ask({ type: "subscribe", channel: "progress", cursor });
    expect(await live.first("gap")).toMatchObject({ sequence: "4", data: [{ id: importId, processed: 40 }] });
    live.ask({ type: "subscribe", channel: "notifications", cursor: "3.1700000000" });
    await until("both", () => Promise.resolve(live.of("gap")[1]));
    expect(live.of("gap")[1]).toMatchObject({ channel: "notifications", data: [{ title: "kept" }] });
    await until("caught up", () => Promise.resolve(live.of("caught_up").length === 2));
    expect(live.of("update")).toEqual([]);
    live.socket.close();
  }
  const live = await LiveSocket.open(url, { key });
  live.ask({ type: "subscribe", channel: "progress", cursor: "4" });
  await live.first("caught_up");
  expect(live.messages.map(({ type }) => type)).toEqual(["subscribed", "caught_up"]);
  live.socket.close();
});

test("While Redis is away keys connect and updates are told, tickets say that it is away; back, all goes on", async () => {
  const tenantId = await newTenant(pool);
  const { key } = await keyOf(pool, tenantId);
  const importId = await endlessImport(pool, tenantId);
  await way.cut();
  const live = await LiveSocket.open(url, { key });
  live.ask({ type: "subscribe", channel: "progress" });
  await live.first("caught_up");
  await move(pool, [importId]);
  await live.first("update");
  await expect(ticketOf(key)).rejects.toThrow("503");
  await way.open();
  await until("tickets are issued", () => ticketOf(key));
  await move(pool, [importId]);
  await until("the second", () => Promise.resolve(live.of("update").length === 2));
  live.socket.close();
});

test("Who offers another protocol than WebSocket is answered as if it had not, and who connects elsewhere is refused", async () => {
  const answer = async (path: string, headers: string[]): Promise<string> => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.write([`GET ${path} HTTP/1.1`, "Host: localhost", ...headers, "", ""].join("\r\n"));
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    return text;
  };
  expect(await answer("/health/live", ["Connection: Upgrade", "Upgrade: h2c"])).toMatch(/^HTTP\/1.1 200 /);
  expect(await answer("/nowhere", ["Connection: Upgrade", "Upgrade: h2c"])).toMatch(/^HTTP\/1.1 404 /);
  const webSocket = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
  expect(await answer("/health/live", webSocket)).toMatch(/^HTTP\/1.1 404 /);
  expect(await answer("/api/live", webSocket)).toMatch(/^HTTP\/1.1 401 [^]*application\/problem\+json/);
  expect((await fetch(`${url}/api/live`)).status).toBe(426);
});
