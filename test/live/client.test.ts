import type pg from "pg";
import { beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { createApiKeys } from "../../client/api-keys.js";
import { createLiveUpdates } from "../../client/live-updates.js";
import { createApiKeyStore } from "../../db/api-keys.js";
import { InvalidInput } from "../../domain/errors.js";
import { runApi } from "../api/fixture.js";
import { newTenant, readLog } from "../progress/fixture.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { until } from "../support/until.js";
import { Way } from "../support/way.js";
import { endlessImport, keyOf, move } from "./fixture.js";

let pool: pg.Pool;
let url: string;
/** To the API. */
let way: Way;

beforeAll(async () => {
  const database = await testDatabase();
  pool = database.pool;
  const { url: redisUrl } = await testRedis();
  const running = await runApi(database.databaseUrl, { redisUrl });
  way = new Way(running.url);
  await way.open();
  url = new URL(way.databaseUrl).origin;
  return async () => {
    await running.api.close();
    await way.cut();
  };
});

test("The SDK connects again by itself, and tells each update once, in order", async () => {
  const tenantId = await newTenant(pool);
  const { key } = await keyOf(pool, tenantId);
  const imports = [await endlessImport(pool, tenantId), await endlessImport(pool, tenantId)];
  const live = createLiveUpdates({ url, key });
  const got: number[] = [];
  let snapshots = 0;
  const following = live.subscribe(
    { channel: "progress", snapshot: true },
    { onUpdate: ({ sequence }) => got.push(Number(sequence)), onSnapshot: () => (snapshots += 1) },
  );
  await until("it follows", () => Promise.resolve(snapshots === 1));
  for (let cut = 1; cut <= 4; cut += 1) {
    await move(pool, imports);
    await until("some are told", () => Promise.resolve(got.length > cut));
    await way.cut();
    await move(pool, imports);
    await way.open();
    await move(pool, imports);
  }
  const log = await readLog(pool, tenantId);
  await until("all are told", () => Promise.resolve(got.length >= log.length));
  expect(got).toEqual(log.map(({ sequence }) => sequence));
  expect(following.cursor).toBe(String(log.length));
  expect(snapshots).toBe(1);
  following.unsubscribe();
  await move(pool, imports);
  live.close();
  expect(got).toHaveLength(log.length);
});

test("A handler that throws ends its subscription; another one resumes behind what it took", async () => {
  const tenantId = await newTenant(pool);
  const { key } = await keyOf(pool, tenantId);
  const importId = await endlessImport(pool, tenantId);
  for (let i = 0; i < 3; i += 1) await move(pool, [importId]);
  const live = createLiveUpdates({ url, key });
  const got: unknown[] = [];
  const errors: Error[] = [];
  const first = live.subscribe(
    { channel: "progress", cursor: "0" },
    {
      onUpdate: ({ sequence }) => {
        if (sequence === 2) throw new Error("not now");
        got.push(sequence);
      },
      onError: (error) => errors.push(error),
    },
  );
  await until("it has ended", () => Promise.resolve(errors.length === 1));
  expect(first.cursor).toBe("1");
  live.subscribe({ channel: "progress", cursor: "1" }, { onUpdate: ({ sequence }) => got.push(sequence) });
  await until("the rest is told", () => Promise.resolve(got.length === 3));
  expect(got).toEqual([1, 2, 3]);
  live.close();
});

test("In a browser it asks for a ticket each time it connects", async () => {
  vi.stubGlobal("WebSocket", WebSocket);
  const tenantId = await newTenant(pool);
  const { key } = await keyOf(pool, tenantId);
  const importId = await endlessImport(pool, tenantId, "ann");
  let tickets = 0;
  const ticket = async (): Promise<string> => {
    const response = await fetch(`${url}/api/live/tickets`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ user_id: "ann" }),
    });
    tickets += 1;
    return ((await response.json()) as { ticket: string }).ticket;
  };
  const connections: boolean[] = [];
  const live = createLiveUpdates({ url, ticket, onConnection: (there) => connections.push(there) });
  const got: unknown[] = [];
  live.subscribe({ channel: "progress", cursor: "0" }, { onUpdate: ({ processed }) => got.push(processed) });
  await move(pool, [importId]);
  await until("the first", () => Promise.resolve(got.length === 1));
  await way.cut();
  await move(pool, [importId]);
  await way.open();
  await until("the second", () => Promise.resolve(got.length === 2));
  expect(got).toEqual([10, 20]);
  expect(tickets).toBe(2);
  expect(connections).toEqual([true, false, true]);
  live.close();
  vi.unstubAllGlobals();
});

test("What is wrong is said by field, what is refused ends the subscription, and a revoked key all of them", async () => {
  const tenantId = await newTenant(pool);
  const { key, keyId } = await keyOf(pool, tenantId);
  expect(() => createLiveUpdates({ url: "ftp://x", key })).toThrow(InvalidInput);
  expect(() => createLiveUpdates({ url })).toThrow("key: or ticket must be given, not both");
  const live = createLiveUpdates({ url, key });
  const errors: string[] = [];
  const handlers = { onUpdate: () => undefined, onError: (error: Error) => errors.push(error.name) };
  expect(() => live.subscribe({ channel: "everything" }, handlers)).toThrow("channel: must be progress");
  live.subscribe({ channel: "progress", cursor: "x" }, handlers);
  await until("it is refused", () => Promise.resolve(errors.length === 1));
  live.subscribe({ channel: "sends/00000000-0000-4000-8000-000000000000" }, handlers);
  await until("so is this", () => Promise.resolve(errors.length === 2));
  let followed = false;
  live.subscribe({ channel: "progress" }, { ...handlers, onCaughtUp: () => (followed = true) });
  await until("this is not", () => Promise.resolve(followed));
  await createApiKeys(createApiKeyStore(pool)).revoke({ tenantId, keyId });
  await until("the key lets nobody in", () => Promise.resolve(errors.length === 3));
  expect(errors).toEqual(["InvalidInput", "NotFound", "InvalidInput"]);
  live.close();
  const late = createLiveUpdates({ url, key });
  late.subscribe({ channel: "progress" }, handlers);
  await until("nor later", () => Promise.resolve(errors.length === 4));
  late.close();
});
