import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createBounces } from "../../client/bounces.js";
import { createReportStore } from "../../db/inbound-reports.js";
import { defaultSoftBounces } from "../../domain/soft-bounces.js";
import { createSuppressionStore } from "../../db/suppressions.js";
import { InvalidInput } from "../../domain/errors.js";
import { webhookEvents } from "../../domain/webhook-events.js";
import { createTokens } from "../../mail/tracking-token.js";
import { createSnapshottedSend, type TestSend } from "../db/factories.js";
import { testDatabase } from "../setup/stack.js";
import { dsn, feedback, noSuchUser } from "./samples.js";

const { pool } = await testDatabase();
const secret = "a secret of these tests";
const tokens = createTokens(secret);
const bounces = createBounces(createReportStore(pool, defaultSoftBounces), secret);
const suppressions = createSuppressionStore(pool);

const mailboxFull = ["Action: failed", "Status: 5.2.2", "Diagnostic-Code: smtp; 552 5.2.2 Mailbox full"];

function linkOf(send: TestSend, nth: number): string {
  return `https://news.example.com/u/${tokens.recipientToken(send.sendId, send.contactIds[nth] ?? "")}`;
}

const take = (text: string) => bounces.take(Buffer.from(text));

async function eventsOf({ sendId }: TestSend): Promise<string[]> {
  const { rows } = await pool.query<{ kind: string }>(
    "select kind from email_events where send_id = $1 order by event_id",
    [sendId],
  );
  return rows.map(({ kind }) => kind);
}

test("an address that does not exist is suppressed; a mailbox that is full is not", async () => {
  const send = await createSnapshottedSend(pool, 2);
  expect(await take(dsn(noSuchUser, linkOf(send, 0)))).toMatchObject({
    report: { kind: "bounce", bounceClass: "hard" },
    result: "suppressed",
  });
  expect(await take(dsn(mailboxFull, linkOf(send, 1)))).toMatchObject({
    report: { bounceClass: "soft" },
    result: "recorded",
  });
  expect(await suppressions.listSuppressions({ tenantId: send.tenantId, limit: 10 })).toMatchObject([
    { value: "person-0@example.com", reason: "bounced", sendId: send.sendId },
  ]);
  expect(await eventsOf(send)).toEqual(["bounce", "bounce"]);
  expect(await bounces.list({ tenantId: send.tenantId })).toMatchObject([
    { kind: "bounce", bounceClass: "soft", enhancedCode: "5.2.2", result: "recorded" },
    { kind: "bounce", bounceClass: "hard", contactId: send.contactIds[0], result: "suppressed" },
  ]);
});

test("a complaint suppresses", async () => {
  const send = await createSnapshottedSend(pool, 1);
  expect((await take(feedback("abuse", linkOf(send, 0)))).result).toBe("suppressed");
  expect(await suppressions.findSuppression(send.tenantId, "person-0@example.com")).toMatchObject({
    reason: "complained",
  });
});

test("the same report counts once, however many take it at once", async () => {
  const send = await createSnapshottedSend(pool, 1);
  const results = await Promise.all(Array.from({ length: 5 }, () => take(dsn(noSuchUser, linkOf(send, 0)))));
  expect(results.map(({ result }) => result).sort()).toEqual([
    ...["repeated", "repeated", "repeated", "repeated", "suppressed"],
  ]);
  expect(await eventsOf(send)).toEqual(["bounce"]);
});

test("a report without our signature changes nothing", async () => {
  const send = await createSnapshottedSend(pool, 1);
  const forger = createTokens("another secret");
  const forged = `https://x.example/u/${forger.recipientToken(send.sendId, send.contactIds[0] ?? "")}`;
  expect((await take(dsn(noSuchUser, forged))).result).toBe("unmatched");
  const unknown = `https://x.example/u/${tokens.recipientToken(randomUUID(), "1")}`;
  expect((await take(dsn(noSuchUser, unknown))).result).toBe("unmatched");
  expect(await eventsOf(send)).toEqual([]);
  expect(await suppressions.listSuppressions({ tenantId: send.tenantId, limit: 10 })).toEqual([]);
});

test("webhooks are told of a bounce once an address, with the fields that are documented", async () => {
  const send = await createSnapshottedSend(pool, 1);
  await pool.query(
    `insert into webhook_endpoints (webhook_id, tenant_id, url, event_types, secret, max_attempts, retry_base_ms,
       retry_cap_ms, timeout_ms, concurrency)
     values ($1, $2, 'https://example.com/', '{email.bounced}', 'whsec_', 1, 1, 1, 1000, 1)`,
    [randomUUID(), send.tenantId],
  );
  await take(dsn(noSuchUser, linkOf(send, 0)));
  await take(dsn([...noSuchUser, "X-Again: 1"], linkOf(send, 0)));
  const { rows } = await pool.query<{ data: Record<string, unknown> }>(
    "select data from webhook_events where tenant_id = $1 and type = 'email.bounced'",
    [send.tenantId],
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]?.data).toMatchObject({ email: "person-0@example.com", enhanced_code: "5.1.1" });
  expect(Object.keys(rows[0]?.data ?? {}).sort()).toEqual(
    Object.keys(webhookEvents["email.bounced"].data).sort(),
  );
});

test("what is empty or too long is refused with its reason", async () => {
  await expect(bounces.take(Buffer.alloc(0))).rejects.toThrow(InvalidInput);
  await expect(bounces.take(Buffer.alloc(10 * 1024 * 1024 + 1))).rejects.toThrow(InvalidInput);
});
