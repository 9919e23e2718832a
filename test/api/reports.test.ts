import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testDatabase, testRedis, type TestDatabase } from "../setup/stack.js";
import { allPages, asking, keyOf, newAsker } from "./asking.js";
import { runApi, trackedRecipient, type RunningApi } from "./fixture.js";

let database: TestDatabase;
let running: RunningApi;

beforeAll(async () => {
  database = await testDatabase();
  const { url: redisUrl } = await testRedis();
  running = await runApi(database.databaseUrl, { redisUrl });
});
afterAll(() => running.api.close());

it("Notifications are listed by pages, counted while unread, and marked read", async () => {
  const { ask, tenantId } = await newAsker(database, running.url);
  const other = await newAsker(database, running.url);
  for (const user of ["ann", "bob", null])
    await database.pool.query(
      `insert into notifications (notification_id, tenant_id, user_id, kind, subject_id, title, text)
       values ($1, $2, $3, 'import.completed', $1::uuid, 'Done', 'All rows')`,
      [uuidv7(), tenantId, user],
    );
  expect(await allPages(ask, "/api/notifications?limit=1")).toHaveLength(3);
  expect((await ask("GET", "/api/notifications?user=ann&unread=true")).body.data).toHaveLength(2);
  expect((await ask("GET", "/api/notifications/unread?user=bob")).body).toMatchObject({ unread: 2, info: 2 });

  const { body } = await ask("GET", "/api/notifications?limit=1");
  const [first] = body.data as { notification_id: string }[];
  const marked = { notification_ids: [first?.notification_id] };
  expect((await other.ask("POST", "/api/notifications/read", marked)).body).toEqual({ marked: 0 });
  expect((await ask("POST", "/api/notifications/read", marked)).body).toEqual({ marked: 1 });
  expect((await ask("POST", "/api/notifications/read", {})).body).toEqual({ marked: 2 });
  const wrong = await ask("POST", "/api/notifications/read", { notification_ids: ["x"] });
  expect(wrong.body.problems).toMatchObject([{ pointer: "/notification_ids/0" }]);
});

it("What everybody is told, each reads and puts away for themself; they are told apart by kind and severity", async () => {
  const { ask, tenantId } = await newAsker(database, running.url);
  for (const [kind, severity] of [
    ["alert.raised", "critical"],
    ["alert.raised", "warning"],
    ["alert.cleared", "info"],
  ])
    await database.pool.query(
      `insert into notifications (tenant_id, kind, severity, subject_id, title, text) values ($1, $2, $3, 's', 'T', 't')`,
      [tenantId, kind, severity],
    );
  const listed = async (query: string) => {
    const { body } = await ask("GET", `/api/notifications?${query}`);
    return (body.data as { kind: string; severity: string; notification_id: string }[]).map(
      (row) => `${row.kind} ${row.severity}`,
    );
  };
  const unreadOf = async (user: string) => (await ask("GET", `/api/notifications/unread?user=${user}`)).body;
  expect(await listed("kind=alert.raised&severity=critical")).toEqual(["alert.raised critical"]);
  expect(await unreadOf("ann")).toEqual({ unread: 3, info: 1, warning: 1, critical: 1 });

  expect((await ask("POST", "/api/notifications/read", { user: "ann" })).body).toEqual({ marked: 3 });
  expect([await unreadOf("ann"), await unreadOf("bob")]).toMatchObject([{ unread: 0 }, { unread: 3 }]);
  const { body } = await ask("GET", "/api/notifications?kind=alert.cleared");
  const [cleared] = body.data as { notification_id: string }[];
  const one = { user: "ann", notification_ids: [cleared?.notification_id] };
  expect((await ask("POST", "/api/notifications/unread", one)).body).toEqual({ marked: 1 });
  expect(await unreadOf("ann")).toMatchObject({ unread: 1, info: 1 });

  expect((await ask("POST", "/api/notifications/archive", one)).body).toEqual({ marked: 1 });
  expect(await unreadOf("ann")).toMatchObject({ unread: 0 });
  expect(await listed("user=ann")).toHaveLength(2);
  expect(await listed("user=ann&archived=true")).toEqual(["alert.cleared info"]);
  expect(await listed("user=bob")).toHaveLength(3);
  expect((await ask("POST", "/api/notifications/restore", one)).body).toEqual({ marked: 1 });
  expect((await ask("POST", "/api/notifications/read", {})).body).toEqual({ marked: 3 });
  expect([await unreadOf("ann"), await unreadOf("bob")]).toMatchObject([{ unread: 0 }, { unread: 0 }]);
});

it("Analytics are read by day, by campaign and by send, by their tenant alone", async () => {
  const { tenantId, sendId } = await trackedRecipient(database.pool);
  const ask = asking(running.url, await keyOf(database, tenantId, "viewer"));
  const other = await newAsker(database, running.url);
  const { rows } = await database.pool.query<{ campaignId: string }>(
    `select campaign_id as "campaignId" from campaign_sends where send_id = $1`,
    [sendId],
  );
  const campaignId = rows[0]?.campaignId ?? "";
  for (const [day, sent] of [
    ["2026-11-01", 5],
    ["2026-11-03", 7],
  ]) {
    await database.pool.query(
      "insert into campaign_analytics_daily (tenant_id, day, campaign_id, sent) values ($1, $2, $3, $4)",
      [tenantId, day, campaignId, sent],
    );
    await database.pool.query(
      `insert into tenant_analytics_daily (tenant_id, day, recipients, sent, bounced, dead, suppressed, opens,
         unique_opens, clicks, unique_clicks, unsubscribes, complaints)
       values ($1, $2, 0, $3, 0, 0, 0, 0, 0, 0, 0, 0, 0)`,
      [tenantId, day, Number(sent) * 2],
    );
  }
  const days = "/api/analytics/daily?from=2026-11-01&to=2026-11-30";
  expect((await ask("GET", days)).body.data).toMatchObject([
    { day: "2026-11-01", sent: 10 },
    { day: "2026-11-03", sent: 14, unique_opens: 0 },
  ]);
  expect((await ask("GET", `${days}&campaign_id=${campaignId}`)).body.data).toMatchObject([
    { sent: 5 },
    { sent: 7 },
  ]);
  expect((await other.ask("GET", `${days}&campaign_id=${campaignId}`)).body.data).toEqual([]);
  expect((await ask("GET", `/api/analytics/campaigns/${campaignId}`)).body.data).toMatchObject([
    { send_id: sendId },
  ]);
  expect((await ask("GET", `/api/analytics/sends/${sendId}`)).body).toMatchObject({
    send_id: sendId,
    opens: 0,
  });
  expect((await other.ask("GET", `/api/analytics/sends/${sendId}`)).status).toBe(404);
  for (const range of ["from=2026-12-01&to=2026-11-01", "from=2024-01-01&to=2026-11-01", "from=november"])
    expect((await ask("GET", `/api/analytics/daily?${range}`)).body.problems).toMatchObject([
      { pointer: "/from" },
    ]);
});
