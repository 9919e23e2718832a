import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createAnalyticsStore } from "../../db/analytics.js";
import { aggregateDay } from "../../db/daily-analytics.js";
import { createReportStore, recordReport, type NewReport } from "../../db/inbound-reports.js";
import { transaction } from "../../db/pool.js";
import { createSends } from "../../db/sends.js";
import { createSuppressionStore } from "../../db/suppressions.js";
import { classifyBounce } from "../../domain/bounces.js";
import {
  createSnapshottedSend,
  createTenant,
  createTestSend,
  people,
  type TestSend,
} from "../db/factories.js";
import { createSendStore } from "../../db/send-store.js";
import { testDatabase } from "../setup/stack.js";

const { pool } = await testDatabase();
const policy = { limit: 3, days: 30 };
const reports = createReportStore(pool, policy);
const sends = createSends(pool);
const suppressions = createSuppressionStore(pool);
const day = 86_400_000;

const soft = classifyBounce("5.2.2", "smtp; 552 5.2.2 Mailbox full");
const hard = classifyBounce("5.1.1", "smtp; 550 5.1.1 User unknown");

function reportOf(send: TestSend, report: NewReport["report"], nth = 0): NewReport {
  const recipient = { sendId: send.sendId, contactId: send.contactIds[nth] ?? "" };
  return { digest: Buffer.from(randomUUID()), report, recipient, receivedAt: new Date() };
}

/** Sends to the same address, of which the server took each `daysAgo[i]` days ago. */
async function sendsTo(daysAgo: number[]): Promise<TestSend[]> {
  const tenantId = await createTenant(pool);
  const first = await createTestSend(pool, people(1), { tenantId });
  const all = [first];
  while (all.length < daysAgo.length) {
    const sendId = randomUUID();
    const { campaignId } = first;
    await sends.createSend({ tenantId, campaignId, sendId, timeZone: "UTC", runKey: sendId });
    all.push({ ...first, sendId });
  }
  for (const [i, send] of all.entries()) {
    await createSendStore(pool).snapshotPage(send.sendId, { contacts: 2, batchSize: 10 });
    await pool.query("update email_sends set status = 'sent', settled_at = $2 where send_id = $1", [
      send.sendId,
      new Date(Date.now() - (daysAgo[i] ?? 0) * day),
    ]);
  }
  return all;
}

const suppressedAs = async ({ tenantId }: TestSend) =>
  (await suppressions.findSuppression(tenantId, "person-0@example.com"))?.reason;

test("the last of so many soft bounces in a row suppresses, and webhooks are told why", async () => {
  const all = await sendsTo([6, 5, 4]);
  const [first] = all;
  if (!first) throw new Error("no send");
  await pool.query(
    `insert into webhook_endpoints (webhook_id, tenant_id, url, event_types, secret, max_attempts, retry_base_ms,
       retry_cap_ms, timeout_ms, concurrency)
     values ($1, $2, 'https://example.com/', '{email.bounced}', 'whsec_', 1, 1, 1, 1000, 1)`,
    [randomUUID(), first.tenantId],
  );
  const results: string[] = [];
  for (const send of all) results.push(await reports.recordReport(reportOf(send, soft)));
  expect(results).toEqual(["recorded", "recorded", "suppressed"]);
  expect(await suppressedAs(first)).toBe("bounced-repeatedly");
  const { rows } = await pool.query<{ data: object }>(
    "select data from webhook_events where tenant_id = $1 and type = 'email.bounced'",
    [first.tenantId],
  );
  expect(rows).toMatchObject([{ data: { email: "person-0@example.com", reason: "bounced-repeatedly" } }]);
});

test("one message that came back in several reports counts once", async () => {
  const [send, ...others] = await sendsTo([6, 5, 4]);
  if (!send) throw new Error("no send");
  for (let i = 0; i < 4; i += 1) await reports.recordReport(reportOf(send, soft));
  expect(await suppressedAs(send)).toBeUndefined();
  expect(others).toHaveLength(2);
});

test("a message that stayed between them begins the row anew", async () => {
  const [a, b, , d] = await sendsTo([6, 5, 4, 3]);
  for (const send of [a, b, d]) if (send) await reports.recordReport(reportOf(send, soft));
  expect(a && (await suppressedAs(a))).toBeUndefined();
});

test("two who record the last ones at once do not both miss it", async () => {
  const [first, second, third] = await sendsTo([6, 5, 4]);
  if (!first || !second || !third) throw new Error("no sends");
  await reports.recordReport(reportOf(first, soft));
  // The first holds its transaction open until the second waits behind it, or has gone past.
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let recorded = (): void => undefined;
  const isRecorded = new Promise<void>((resolve) => (recorded = resolve));
  const one = transaction(pool, async (client) => {
    await recordReport(client, reportOf(second, soft), policy);
    recorded();
    await held;
  });
  await isRecorded;
  const two = reports.recordReport(reportOf(third, soft));
  await waitsForLock();
  release();
  await one;
  expect(await two).toBe("suppressed");
});

async function waitsForLock(): Promise<void> {
  for (;;) {
    const { rows } = await pool.query(
      "select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())",
    );
    if (rows.length > 0) return;
  }
}

test("what came back stands beside the ledger in every list and count, and the ledger stays as it was", async () => {
  const send = await createSnapshottedSend(pool, 3);
  const { tenantId, sendId } = send;
  await pool.query("update email_sends set status = 'sent', settled_at = now() where send_id = $1", [sendId]);
  await reports.recordReport(reportOf(send, soft, 1));
  await reports.recordReport(reportOf(send, hard, 1));
  await reports.recordReport(reportOf(send, soft, 1));

  const page = { limit: 10 };
  const came = await sends.listRecipients(tenantId, sendId, { ...page, returned: true });
  expect(came).toMatchObject([
    { contactId: send.contactIds[1], status: "sent", returnedAs: "hard", returnedCode: "5.1.1" },
  ]);
  expect(await sends.listRecipients(tenantId, sendId, { ...page, returned: false })).toHaveLength(2);
  expect(await sends.loadSummary(tenantId, sendId)).toMatchObject({
    ...{ counts: { sent: 3, bounced: 0 }, returned: 1 },
  });
  expect(await createAnalyticsStore(pool).loadAnalytics(tenantId, sendId)).toMatchObject({ returned: 1 });
  await aggregateDay(pool, new Date().toISOString().slice(0, 10));
  const { rows } = await pool.query("select returned from tenant_analytics_daily where tenant_id = $1", [
    tenantId,
  ]);
  expect(rows).toEqual([{ returned: "1" }]);
});
