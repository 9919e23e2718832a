import type pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { createNotificationStore } from "../../db/notifications.js";
import { runApi } from "../api/fixture.js";
import { newTenant } from "../progress/fixture.js";
import { testDatabase, testRedis } from "../setup/stack.js";
import { until } from "../support/until.js";
import { endlessImport, keyOf, LiveSocket, move, notify } from "./fixture.js";

let pool: pg.Pool;
let url: string;

beforeAll(async () => {
  const database = await testDatabase();
  pool = database.pool;
  const { url: redisUrl } = await testRedis();
  const running = await runApi(database.databaseUrl, { redisUrl });
  url = running.url;
  return () => running.api.close();
});

test("Progress is told from the subscription on, and again behind a cursor", async () => {
  const tenantId = await newTenant(pool);
  const { key } = await keyOf(pool, tenantId);
  const importId = await endlessImport(pool, tenantId, "ann");
  await move(pool, [importId]);
  const live = await LiveSocket.open(url, { key });
  live.ask({ type: "subscribe", channel: "progress", snapshot: true });
  expect(await live.first("subscribed")).toMatchObject({
    sequence: "1",
    data: [{ id: importId, processed: 10, user_id: "ann" }],
  });
  await live.first("caught_up");
  await move(pool, [importId]);
  await move(pool, [importId]);
  await until("two updates", () => Promise.resolve(live.of("update").length === 2));
  expect(live.of("update")).toMatchObject([
    { channel: "progress", sequence: "2", data: { id: importId, processed: 20, tenant_id: tenantId } },
    { channel: "progress", sequence: "3", data: { processed: 30 } },
  ]);
  live.socket.terminate();

  const again = await LiveSocket.open(url, { key });
  again.ask({ type: "subscribe", channel: "progress", cursor: "2" });
  expect(await again.first("caught_up")).toMatchObject({ sequence: "3" });
  expect(again.messages.map(({ type }) => type)).toEqual(["subscribed", "update", "caught_up"]);
  again.ask({ type: "unsubscribe", channel: "progress" });
  await again.first("unsubscribed");
  again.ask({ type: "ping" });
  await again.first("pong");
  again.socket.close();
});

test("Notifications are told when they are made and when they were read, also those of long transactions", async () => {
  const tenantId = await newTenant(pool);
  const { key } = await keyOf(pool, tenantId);
  await notify(pool, tenantId, "before");
  const live = await LiveSocket.open(url, { key });
  live.ask({ type: "subscribe", channel: "notifications", snapshot: true });
  expect(await live.first("subscribed")).toMatchObject({ data: [{ title: "before", read_at: null }] });

  const long = await pool.connect();
  await long.query("begin");
  await long.query(
    `insert into notifications (tenant_id, kind, subject_id, title, text) values ($1, 'test.told', 's', 'long', 't')`,
    [tenantId],
  );
  await notify(pool, tenantId, "short");
  await long.query("commit");
  long.release();
  const titles = () => live.of("update").map(({ data }) => (data as { title: string }).title);
  await until("both were told", () => Promise.resolve(titles().length === 2));
  expect(titles()).toEqual(["long", "short"]);
  await pool.query("update notifications set read_at = now() where tenant_id = $1", [tenantId]);
  await until("all were told again", () => Promise.resolve(titles().length === 5));
  expect(new Set(titles().slice(2))).toEqual(new Set(["before", "long", "short"]));

  const cursor = live.of("update")[2]?.sequence ?? "";
  live.socket.terminate();
  const again = await LiveSocket.open(url, { key });
  again.ask({ type: "subscribe", channel: "notifications", cursor });
  await again.first("caught_up");
  expect(again.of("update").map(({ data }) => data)).toEqual(
    live
      .of("update")
      .slice(3)
      .map(({ data }) => data),
  );
  again.socket.close();
});

test("What one person has read is told to that person, and to nobody else", async () => {
  const tenantId = await newTenant(pool);
  const { key } = await keyOf(pool, tenantId);
  await notify(pool, tenantId, "for all");
  const [ann, bob] = await Promise.all([LiveSocket.open(url, { key }), LiveSocket.open(url, { key })]);
  ann.ask({ type: "subscribe", channel: "notifications", user: "ann" });
  bob.ask({ type: "subscribe", channel: "notifications", user: "bob" });
  await Promise.all([ann.first("subscribed"), bob.first("subscribed")]);
  const store = createNotificationStore(pool);
  await store.markNotifications({ tenantId, user: "ann", mark: "read" });
  expect((await ann.first("update")).data).toMatchObject({ title: "for all", reader: "ann" });
  await notify(pool, tenantId, "next");
  expect((await bob.first("update")).data).toMatchObject({ title: "next", reader: null, read_at: null });
  for (const { socket } of [ann, bob]) socket.close();
});
