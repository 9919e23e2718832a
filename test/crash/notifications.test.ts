import { afterAll, beforeAll, expect, it } from "vitest";
import { createNotificationsOf } from "../../client/parts.js";
import type { NotificationDelivery, Notifications } from "../../client/notifications.js";
import { defaultWebhookPorts } from "../../domain/webhook-url.js";
import { startCrashStack, type CrashStack } from "../support/crash-stack.js";
import { sealerOf } from "../support/keys.js";
import { startNotifyProviders, type NotifyProviders } from "../support/notify-providers.js";
import { until } from "../support/until.js";

const tenantId = "told";
/** Critical ones: each is a message of its own by every channel. */
const count = 12;
const ways = ["email", "Firefox", "Pixel", "iPhone"];

let stack: CrashStack;
let providers: NotifyProviders;
let notifications: Notifications;

beforeAll(async () => {
  providers = await startNotifyProviders();
  stack = await startCrashStack(providers.environment);
  const { floe, pool } = stack;
  notifications = createNotificationsOf({ pool, keyPool: pool }, sealerOf(), {
    ...{ notify: { webPush: { allowPrivate: true } }, webhookPorts: defaultWebhookPorts },
  });
  await floe.tenants.create({ tenantId, name: tenantId });
  const { userId: user } = await floe.users.create({ email: "ann@people.example", name: "Ann" });
  await floe.users.addTo({ tenantId, userId: user, role: "operator" });
  const subscription = providers.browsers.subscribe();
  await notifications.registerDevice({ user, kind: "web", name: "Firefox", subscription });
  await notifications.registerDevice({ user, kind: "fcm", name: "Pixel", token: "token-of-a-phone-of-ann" });
  await notifications.registerDevice({ user, kind: "apns", name: "iPhone", token: "ab".repeat(32) });
}, 120_000);
afterAll(async () => {
  await stack.close();
  await providers.close();
}, 60_000);

it("kill -9 in the middle of delivering: each arrives by every channel, none twice but as the same message that is on record", async () => {
  const { mail, browsers, fcm, apns } = providers;
  // Taken, but never answered: what the process that dies cannot know of.
  for (const { answers } of [browsers, fcm, apns]) answers.plan({}, { silence: true });
  mail.setFaults([{ name: "unanswered", stage: "after-dot", every: 2, times: 1, action: { kind: "stall" } }]);
  await tell();
  await until("each provider has one that it does not answer", async () => {
    const pushed = [browsers, fcm, apns].every(({ received }) => received.length >= 2);
    return pushed && mail.statistics().fired.unanswered === 1;
  });
  const ends = await Promise.all([stack.parts.sender.kill(), stack.parts.orchestrator.kill()]);
  expect(ends.map(({ signal }) => signal)).toEqual(["SIGKILL", "SIGKILL"]);
  // As if the lease of what had begun were over.
  await stack.pool.query(
    "update notification_deliveries set next_attempt_at = now() where status = 'pending'",
  );

  const deliveries = await until("all have ended", async () => {
    const rows = await notifications.deliveries({ tenantId, limit: 200 });
    return rows.length === count * ways.length && rows.every(({ status }) => status !== "pending") && rows;
  });
  const arrived: Record<string, string[]> = {
    email: mail.messages.map(({ messageId }) => messageId?.replace(/^<|@.*$/g, "") ?? ""),
    Firefox: browsers.received.map(({ payload }) => String(payload.tag)),
    Pixel: fcm.received.map(({ android }) => android.collapse_key),
    iPhone: apns.received.map(({ headers }) => String(headers["apns-collapse-id"])),
  };
  for (const way of ways) {
    const own = deliveries.filter(({ channel, deviceName }) => (deviceName ?? channel) === way);
    expect(new Set(own.map(({ notificationId }) => notificationId)).size, way).toBe(count);
    for (const delivery of own) check(delivery, arrived[way] ?? []);
    // The kill has struck here.
    expect(own.filter(({ possibleDuplicate }) => possibleDuplicate).length, way).toBeGreaterThan(0);
  }
}, 240_000);

/** Sent; what came more than once came as the same message, as often at most as attempts are on record. */
function check(
  { status, messageId, possibleDuplicate, attempts }: NotificationDelivery,
  arrived: string[],
): void {
  const outcomes = attempts.map(({ outcome }) => outcome);
  const copies = arrived.filter((id) => id === messageId).length;
  expect([status, outcomes.at(-1)]).toEqual(["sent", "accepted"]);
  expect(copies).toBeGreaterThanOrEqual(1);
  expect(copies).toBeLessThanOrEqual(attempts.length);
  expect(outcomes.includes("unknown")).toBe(possibleDuplicate);
  if (!possibleDuplicate) expect(copies).toBe(1);
}

async function tell(): Promise<void> {
  await stack.pool.query(
    `insert into notifications (tenant_id, kind, severity, subject_id, title, text)
     select $1, 'node.paused', 'critical', 'n' || n, 'Node ' || n, 'It stands.' from generate_series(1, $2) n`,
    [tenantId, count],
  );
}
