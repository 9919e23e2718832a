import { beforeAll, describe, expect, it } from "vitest";
import { until } from "../support/until.js";
import { startNotifyingWorld, type Listener, type NotifyingWorld } from "./fixture.js";

let told: NotifyingWorld;
beforeAll(async () => {
  told = await startNotifyingWorld();
});

const hourMs = 3_600_000;

function mailTo({ email }: Listener) {
  return told.mail.messages.filter(({ to }) => to.includes(email));
}

function pushesTo({ path }: Listener) {
  return told.browsers.received.filter((push) => push.path === path);
}

/** `08:30`, on a clock in UTC. */
function timeOfDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 16);
}

function waiting(tenantId: string, notificationId: string, reason: string) {
  return until(`it waits: ${reason}`, async () => {
    const rows = await told.deliveries(tenantId, notificationId);
    return rows.some((row) => row.status === "pending" && row.reason === reason);
  });
}

describe("A notification", () => {
  it("goes by email, to a browser, an Android phone and an iPhone, once each, and every attempt is on record", async () => {
    const ann = await told.listener();
    const { tenantId, userId: user } = ann;
    const { floe } = told.world;
    const android = { user, kind: "fcm", name: "Pixel", token: "token-of-a-phone-of-ann" } as const;
    const phone = { user, kind: "apns", name: "iPhone", token: "ab".repeat(32) } as const;
    await told.notifications.registerDevice(android);
    await told.notifications.registerDevice(phone);
    await floe.nodes.upsert({ nodeId: `${tenantId}-n`, tenantId, host: "127.0.0.1", port: 2525 });
    await floe.nodes.pause(`${tenantId}-n`);

    const notification = await until("it is told", async () => {
      const [one] = await told.notifications.list({ tenantId, user, kind: "node.paused" });
      return one;
    });
    const rows = await told.ended(tenantId, notification.notificationId);
    expect(
      rows.map(({ channel, deviceName, status, attempts }) => ({
        ...{ channel, deviceName, status },
        outcomes: attempts.map(({ outcome }) => outcome),
      })),
    ).toEqual(
      expect.arrayContaining([
        { channel: "email", deviceName: null, status: "sent", outcomes: ["accepted"] },
        { channel: "web_push", deviceName: "Firefox", status: "sent", outcomes: ["accepted"] },
        { channel: "mobile_push", deviceName: "Pixel", status: "sent", outcomes: ["accepted"] },
        { channel: "mobile_push", deviceName: "iPhone", status: "sent", outcomes: ["accepted"] },
      ]),
    );
    expect(rows).toHaveLength(4);
    const { title, text: body } = notification;
    expect(mailTo(ann)).toHaveLength(1);
    expect(mailTo(ann)[0]?.body).toContain(`Subject: ${title}`);
    const { publicKey } = await told.notifications.webPushKey();
    expect(pushesTo(ann)).toMatchObject([{ payload: { title, body }, vapid: { publicKey } }]);
    expect(told.fcm.received.filter(({ token }) => token === android.token)).toMatchObject([
      { notification: { title, body } },
    ]);
    expect(told.apns.received.filter(({ token }) => token === phone.token)).toMatchObject([
      { body: { aps: { alert: { title, body } } } },
    ]);
  });

  it("is attempted again as the same message by who was busy, and by nobody else", async () => {
    const bob = await told.listener();
    told.browsers.answers.plan({ status: 503 });
    const busy = { kind: "reply", line: "451 4.3.0 Busy" } as const;
    told.mail.setFaults([{ name: "busy", stage: "rcpt", times: 1, recipient: bob.email, action: busy }]);
    const id = await told.tell({ tenantId: bob.tenantId, title: "Busy" });
    await until("both are deferred", async () => {
      const rows = await told.deliveries(bob.tenantId, id);
      return rows.filter(({ reason }) => reason === "retry").length === 2;
    });
    told.skip(hourMs);
    const rows = await told.ended(bob.tenantId, id);
    for (const { status, attempts, possibleDuplicate } of rows) {
      expect([status, possibleDuplicate]).toEqual(["sent", false]);
      expect(attempts.map(({ outcome }) => outcome)).toEqual(["deferred", "accepted"]);
    }
    expect(mailTo(bob)).toHaveLength(1);
    expect(told.mail.statistics().fired).toMatchObject({ busy: 1 });
    const topics = pushesTo(bob).map(({ headers }) => headers.topic);
    expect([topics.length, new Set(topics).size]).toEqual([2, 1]);
  });

  it("is for nobody twice: handed over again, nothing is made of it again", async () => {
    const eve = await told.listener();
    const id = await told.tell({ tenantId: eve.tenantId, severity: "critical", title: "Once" });
    await told.ended(eve.tenantId, id);
    await told.world.pool.query(
      "insert into notification_outbox (notification_id, tenant_id) values ($1, $2)",
      [id, eve.tenantId],
    );
    await until("it was handed over", async () => {
      const { rows } = await told.world.pool.query(
        "select from notification_outbox where notification_id = $1",
        [id],
      );
      return rows.length === 0;
    });
    expect(await told.ended(eve.tenantId, id)).toHaveLength(2);
    expect([mailTo(eve).length, pushesTo(eve).length]).toEqual([1, 1]);
  });

  it("comes with others in one message when they come at once", async () => {
    const kim = await told.listener();
    const { rows } = await told.world.pool.query<{ id: string }>(
      `insert into notifications (tenant_id, kind, severity, subject_id, title, text)
       select $1, 'node.paused', 'warning', n::text, 'Node ' || n, 'It stands.' from generate_series(1, 7) n
       returning notification_id as id`,
      [kim.tenantId],
    );
    await Promise.all(rows.map(({ id }) => told.ended(kim.tenantId, id)));
    expect(pushesTo(kim).map(({ payload }) => payload.title)).toEqual(["7 notifications"]);
    expect(mailTo(kim)).toHaveLength(1);
  });
});

describe("A browser that is gone", () => {
  it.each([404, 410])("is written to no more after %i", async (status) => {
    const ann = await told.listener();
    told.browsers.answers.plan({ status });
    const id = await told.tell({ tenantId: ann.tenantId, severity: "critical", title: "Gone" });
    const rows = await told.ended(ann.tenantId, id);
    expect(rows.find(({ channel }) => channel === "web_push")).toMatchObject({
      ...{ status: "failed", reason: "device_gone", attempts: [{ outcome: "gone", statusCode: status }] },
    });
    expect(await told.notifications.devices({ user: ann.userId })).toEqual([]);
    const next = await told.tell({ tenantId: ann.tenantId, severity: "critical", title: "After" });
    expect(await told.ended(ann.tenantId, next)).toMatchObject([{ channel: "email", status: "sent" }]);
  });
});

describe("What somebody chose", () => {
  it("is kept to, but for what is critical, which cannot be muted", async () => {
    const bob = await told.listener();
    const { tenantId, userId: user } = bob;
    const mute = (kind: "node.paused" | "security.second_factor_removed") =>
      told.notifications.savePreferences({
        user,
        preferences: [{ kind, channel: "email", enabled: false }],
      });
    await mute("node.paused");
    await expect(mute("security.second_factor_removed")).rejects.toMatchObject({
      problems: [
        { field: "preferences.0.enabled", problem: expect.stringContaining("cannot be muted") as string },
      ],
    });
    const muted = await told.ended(tenantId, await told.tell({ tenantId, title: "Muted" }));
    expect(muted.map(({ channel, status, reason }) => [channel, status, reason])).toEqual(
      expect.arrayContaining([
        ["email", "skipped", "muted"],
        ["web_push", "sent", null],
      ]),
    );
    await told.ended(tenantId, await told.tell({ tenantId, severity: "critical", title: "Grave" }));
    expect(mailTo(bob).map(({ body }) => /Subject: (.*)\r/.exec(body ?? "")?.[1])).toEqual([
      "Critical: Grave",
    ]);
  });

  it("does not hold back a test, which goes by the one channel that is tested", async () => {
    const eve = await told.listener();
    const { tenantId, userId: user } = eve;
    const preferences = [{ kind: "notification.test", channel: "web_push", enabled: false } as const];
    await told.notifications.savePreferences({ user, preferences });
    const { notificationId } = await told.notifications.test({ tenantId, user, channel: "web_push" });
    expect(await told.ended(tenantId, notificationId)).toMatchObject([
      { channel: "web_push", status: "sent" },
    ]);
    expect([mailTo(eve).length, pushesTo(eve).length]).toEqual([0, 1]);
  });

  it("is whether quiet hours hold back: what came in them arrives when they end, what is critical at once", async () => {
    const kim = await told.listener();
    const { tenantId, userId: user } = kim;
    const nowMs = told.nowMs();
    await told.notifications.saveSettings({
      ...{ user, timeZone: "UTC" },
      quietHours: { from: timeOfDay(nowMs - hourMs), to: timeOfDay(nowMs + hourMs) },
    });
    const id = await told.tell({ tenantId, title: "Held" });
    await waiting(tenantId, id, "quiet_hours");
    const grave = await told.ended(
      tenantId,
      await told.tell({ tenantId, severity: "critical", title: "Grave" }),
    );
    expect(grave.every(({ status }) => status === "sent")).toBe(true);
    expect(pushesTo(kim).map(({ payload }) => payload.title)).toEqual(["Grave"]);
    told.skip(hourMs + 60_000);
    await told.ended(tenantId, id);
    expect(pushesTo(kim).map(({ payload }) => payload.title)).toEqual(["Grave", "Held"]);
  });

  it("is whether emails come as a digest: one, at its time, of what came until then; pushes come at once", async () => {
    const ann = await told.listener();
    const { tenantId, userId: user } = ann;
    await told.notifications.saveSettings({
      ...{ user, timeZone: "UTC", digest: "daily" },
      digestAt: timeOfDay(told.nowMs() + hourMs),
    });
    const ids = [
      await told.tell({ tenantId, title: "First" }),
      await told.tell({ tenantId, title: "Second" }),
    ];
    for (const id of ids) await waiting(tenantId, id, "digest");
    await until("both are pushed", async () => pushesTo(ann).length === 2);
    expect(mailTo(ann)).toHaveLength(0);
    told.skip(hourMs + 60_000);
    for (const id of ids) await told.ended(tenantId, id);
    expect(mailTo(ann)).toHaveLength(1);
    expect(mailTo(ann)[0]?.body).toContain("Subject: 2 notifications");
  });
});
