import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createAnalyticsStore } from "../../db/analytics.js";
import { createEventStore, type EmailEvent } from "../../db/events.js";
import { createSuppressionStore } from "../../db/suppressions.js";
import { testDatabase } from "../setup/stack.js";
import { createSnapshottedSend, type TestSend } from "./factories.js";

const { pool } = await testDatabase();
const events = createEventStore(pool);
const analytics = createAnalyticsStore(pool);
const suppressions = createSuppressionStore(pool);

function event(
  send: TestSend,
  nth: number,
  kind: EmailEvent["kind"],
  overrides: Partial<EmailEvent> = {},
): EmailEvent {
  return {
    sendId: send.sendId,
    contactId: send.contactIds[nth] ?? "",
    kind,
    occurredAt: new Date(),
    ...overrides,
  };
}

test("a group of events is recorded with its counts, unique ones once a recipient", async () => {
  const send = await createSnapshottedSend(pool, 3);
  const other = await createSnapshottedSend(pool, 1);
  await events.recordEvents([
    event(send, 0, "open", { userAgent: `"quoted", {braced}` }),
    event(send, 0, "open"),
    event(send, 1, "open"),
    event(send, 1, "click", { link: 0 }),
    event(other, 0, "click", { url: "https://example.com/x" }),
    { sendId: randomUUID(), contactId: "1", kind: "open", occurredAt: new Date() },
  ]);
  await events.recordEvents([
    event(send, 0, "open"),
    event(send, 2, "open"),
    event(send, 1, "click", { link: 0 }),
  ]);
  await events.recordEvents([]);
  expect(await analytics.loadAnalytics(send.tenantId, send.sendId)).toMatchObject({
    opens: 5,
    uniqueOpens: 3,
    clicks: 2,
    uniqueClicks: 1,
    unsubscribes: 0,
  });
  expect(await analytics.listAnalytics(other.tenantId, other.campaignId)).toMatchObject([
    { clicks: 1, uniqueClicks: 1 },
  ]);
  const { rows } = await pool.query(
    "select tenant_id, kind, url, link, user_agent from email_events where send_id = any ($1) order by event_id",
    [[send.sendId, other.sendId]],
  );
  expect(rows).toHaveLength(8);
  expect(rows).toContainEqual({
    tenant_id: send.tenantId,
    kind: "open",
    url: null,
    link: null,
    user_agent: `"quoted", {braced}`,
  });
});

test("groups that meet lose no count", async () => {
  const send = await createSnapshottedSend(pool, 2);
  const groups = Array.from({ length: 12 }, (_, n) => [
    event(send, n % 2, "open"),
    event(send, (n + 1) % 2, "open"),
  ]);
  await Promise.all(groups.map((group) => events.recordEvents(group)));
  expect(await analytics.loadAnalytics(send.tenantId, send.sendId)).toMatchObject({
    opens: 24,
    uniqueOpens: 2,
  });
});

test("an unsubscribe suppresses the address and counts once, however often it is told", async () => {
  const send = await createSnapshottedSend(pool, 2);
  const recipient = { sendId: send.sendId, contactId: send.contactIds[0] ?? "" };
  expect(await events.isUnsubscribed(recipient)).toBe(false);
  await Promise.all([1, 2, 3].map(() => events.unsubscribe(recipient, "Mail/1.0")));
  expect(await events.isUnsubscribed(recipient)).toBe(true);
  expect(await suppressions.findSuppression(send.tenantId, "person-0@example.com")).toMatchObject({
    reason: "unsubscribed",
    sendId: send.sendId,
  });
  expect(await suppressions.findSuppression(send.tenantId, "person-1@example.com")).toBeNull();
  expect(await analytics.loadAnalytics(send.tenantId, send.sendId)).toMatchObject({ unsubscribes: 1 });
  const { rowCount } = await pool.query("select 1 from email_events where send_id = $1", [send.sendId]);
  expect(rowCount).toBe(1);
});

test("an unsubscribe after an operator lifted the suppression holds again", async () => {
  const send = await createSnapshottedSend(pool, 1);
  const recipient = { sendId: send.sendId, contactId: send.contactIds[0] ?? "" };
  await events.unsubscribe(recipient);
  await suppressions.removeSuppression({
    tenantId: send.tenantId,
    kind: "address",
    value: "person-0@example.com",
  });
  expect(await events.isUnsubscribed(recipient)).toBe(false);
  await events.unsubscribe(recipient);
  expect(await events.isUnsubscribed(recipient)).toBe(true);
});

test("an unsubscribe suppresses the address that was written to, though the contact is gone", async () => {
  const send = await createSnapshottedSend(pool, 1);
  await pool.query("delete from contacts where contact_id = $1", [send.contactIds[0]]);
  await events.unsubscribe({ sendId: send.sendId, contactId: send.contactIds[0] ?? "" });
  expect(await suppressions.findSuppression(send.tenantId, "person-0@example.com")).toMatchObject({
    reason: "unsubscribed",
  });
});

test("a complaint suppresses the address", async () => {
  const send = await createSnapshottedSend(pool, 1);
  await events.recordEvents([event(send, 0, "complaint"), event(send, 0, "complaint")]);
  expect(await suppressions.findSuppression(send.tenantId, "person-0@example.com")).toMatchObject({
    reason: "complained",
  });
});

test("a recipient or send that does not exist is named", async () => {
  const send = await createSnapshottedSend(pool, 1);
  await expect(events.unsubscribe({ sendId: randomUUID(), contactId: "1" })).rejects.toMatchObject({
    kind: "NotFound",
  });
  await expect(events.unsubscribe({ sendId: send.sendId, contactId: "999999999" })).rejects.toMatchObject({
    kind: "NotFound",
  });
  await expect(events.isUnsubscribed({ sendId: send.sendId, contactId: "999999999" })).rejects.toMatchObject({
    kind: "NotFound",
  });
  await expect(events.loadSendFacts(randomUUID())).rejects.toMatchObject({ kind: "NotFound" });
  expect(await events.loadSendFacts(send.sendId)).toEqual({
    tenantId: send.tenantId,
    links: ["https://example.com/a"],
  });
});
