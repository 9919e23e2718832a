import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createBounces } from "../../client/bounces.js";
import { createAnalyticsStore } from "../../db/analytics.js";
import { createReportStore } from "../../db/inbound-reports.js";
import { createSuppressionStore } from "../../db/suppressions.js";
import { defaultSoftBounces } from "../../domain/soft-bounces.js";
import { createMessageId } from "../../mail/message-id.js";
import { createReturnPaths } from "../../mail/return-path.js";
import { createTokens } from "../../mail/tracking-token.js";
import { createSnapshottedSend, type TestSend } from "../db/factories.js";
import { testDatabase } from "../setup/stack.js";
import { dsn, noSuchUser, plain } from "./samples.js";

const { pool } = await testDatabase();
const secret = "a secret of these tests";
const tokens = createTokens(secret);
const returnPaths = createReturnPaths(secret);
const store = createReportStore(pool, defaultSoftBounces);
const bounces = createBounces(store, secret);
const suppressions = createSuppressionStore(pool);

const take = (text: string) => bounces.take(Buffer.from(text));
const refOf = ({ sendId, contactIds }: TestSend, nth = 0) => ({ sendId, contactId: contactIds[nth] ?? "" });
const idOf = (send: TestSend) => createMessageId(tokens, refOf(send), "example.com");
const reasonOf = async ({ tenantId }: TestSend, nth = 0) =>
  (await suppressions.findSuppression(tenantId, `person-${nth}@example.com`))?.reason;

/** A report that returns nothing of ours but a Message-ID. */
const returning = (messageId: string, address = "a@b.example"): string =>
  dsn(noSuchUser)
    .replace("Subject: News\r\n", `Message-ID: ${messageId}\r\n`)
    .replace("a@b.example", address);

async function send(recipients = 1): Promise<TestSend> {
  const made = await createSnapshottedSend(pool, recipients);
  await pool.query("update email_sends set status = 'sent', settled_at = now() where send_id = $1", [
    made.sendId,
  ]);
  return made;
}

/** A single email to these addresses, sent. */
async function email(tenantId: string, addresses: string[]): Promise<string> {
  const emailId = randomUUID();
  await pool.query(
    "insert into email_groups (group_id, tenant_id, lane, on_unknown, emails, recipients) values ($1, $2, 'priority-high', 'hold', 1, 1)",
    [emailId, tenantId],
  );
  await pool.query(
    `insert into emails (email_id, group_id, tenant_id, subject, html, text, from_email, track_opens, track_clicks, bulk,
       on_missing_variable)
     values ($1, $1, $2, 'Hello', '', 'Hello', 'news@example.com', false, false, false, 'empty')`,
    [emailId, tenantId],
  );
  await pool.query(
    `insert into email_recipients (group_id, position, email_id, tenant_id, kind, email, status, settled_at)
     select $1, nth - 1, $1, $2, 'to', email, 'sent', now() from unnest($3::text[]) with ordinality as t (email, nth)`,
    [emailId, tenantId, addresses],
  );
  return emailId;
}

describe("a report is about the one", () => {
  test("whose signed Message-ID it returns", async () => {
    const made = await send();
    expect((await take(returning(idOf(made)))).result).toBe("suppressed");
    expect(await reasonOf(made)).toBe("bounced");
  });

  test("whose return path it came to, whatever else it says", async () => {
    const [made, other] = [await send(), await send()];
    const to = returnPaths.address(refOf(made), "bounces.example.com");
    const text = returning(idOf(other)).replace("From:", `Delivered-To: ${to}\r\nFrom:`);
    expect((await take(text)).result).toBe("suppressed");
    expect(await reasonOf(made)).toBe("bounced");
    expect(await reasonOf(other)).toBeUndefined();
  });

  test("who got a single email alone; those who got one together cannot speak for each other", async () => {
    const { tenantId } = await send();
    const alone = await email(tenantId, ["alone@example.com"]);
    const shared = await email(tenantId, ["one@example.com", "two@example.com"]);
    const id = (emailId: string) =>
      createMessageId(tokens, { sendId: emailId, contactId: null }, "example.com");
    expect((await take(returning(id(alone)))).result).toBe("suppressed");
    expect((await take(returning(id(shared), "two@example.com"))).result).toBe("unmatched");
    const link = `https://x.example/u/${tokens.recipientToken(shared, "0")}`;
    expect((await take(dsn(noSuchUser, link))).result).toBe("unmatched");
    const to = returnPaths.address({ sendId: shared, contactId: "1" }, "bounces.example.com");
    expect((await take(`To: ${to}\r\n${dsn(noSuchUser)}`)).result).toBe("suppressed");
    const listed = await suppressions.listSuppressions({ tenantId, limit: 10 });
    expect(listed.map(({ value }) => value).sort()).toEqual(["alone@example.com", "two@example.com"]);
  });
});

test("what names a recipient without our signature changes nothing, and is listed with a guess for a person", async () => {
  const made = await send();
  const { tenantId, sendId, contactIds } = made;
  const address = `${randomUUID()}@example.com`;
  await pool.query("update contacts set email = $2 where contact_id = $1", [contactIds[0], address]);
  await pool.query("update email_sends set email = $2 where send_id = $1", [sendId, address]);
  const forged = `<${sendId}.${contactIds[0] ?? ""}.${"0".repeat(20)}@example.com>`;
  expect((await take(returning(forged, address))).result).toBe("unmatched");
  expect(await suppressions.listSuppressions({ tenantId, limit: 10 })).toEqual([]);
  expect(await bounces.unmatched({ limit: 1 })).toMatchObject([
    {
      ...{ kind: "bounce", bounceClass: "hard", claimedAddress: address, claimedMessageId: forged },
      guess: { tenantId, sendId, contactId: contactIds[0] },
    },
  ]);
  expect(await bounces.list({ tenantId })).toEqual([]);
});

describe("what people write", () => {
  const reply = (headers: string[]) =>
    plain(["Return-Path: <person-0@example.com>", "Subject: Re: News", ...headers], "Tell me more, please.");

  test("in answer to our message is a reply: counted once, and told", async () => {
    const made = await send();
    for (const text of [reply([`In-Reply-To: ${idOf(made)}`]), reply([`References: <x@y> ${idOf(made)}`])])
      expect(await take(text)).toMatchObject({ report: { kind: "reply" }, result: "recorded" });
    expect(await createAnalyticsStore(pool).loadAnalytics(made.tenantId, made.sendId)).toMatchObject({
      replies: 1,
    });
    const { rows } = await pool.query("select kind from email_engagements where send_id = $1", [made.sendId]);
    expect(rows).toEqual([{ kind: "reply" }]);
    expect(await reasonOf(made)).toBeUndefined();
  });

  test("to a return path is a reply, too", async () => {
    const made = await send();
    const to = returnPaths.address(refOf(made), "bounces.example.com");
    expect(await take(reply([`To: ${to}`]))).toMatchObject({ report: { kind: "reply" }, result: "recorded" });
  });

  test("machines' answers are none", async () => {
    const made = await send();
    const answer = `In-Reply-To: ${idOf(made)}`;
    const kindOf = async (text: string) => (await take(text)).report.kind;
    expect(await kindOf(reply([answer, "Auto-Submitted: auto-replied"]))).toBe("auto-reply");
    expect(await kindOf(plain([answer, "Subject: Out of office"], "Back on Monday."))).toBe("auto-reply");
    expect(await kindOf(plain([answer, "Subject: Please confirm your email"], "Click."))).toBe("auto-reply");
    expect(await kindOf(reply([answer, "Precedence: bulk"]))).toBe("other");
    const { rows } = await pool.query("select kind from email_engagements where send_id = $1", [made.sendId]);
    expect(rows).toEqual([]);
  });

  test("to the address for unsubscribing unsubscribes; a forged one does not", async () => {
    const made = await send(2);
    const to = returnPaths.unsubscribeAddress(refOf(made), "bounces.example.com");
    const forged = returnPaths
      .unsubscribeAddress(refOf(made, 1), "x.example")
      .replace(/(.)@/, (_, last) => (last === "0" ? "1@" : "0@"));
    const machine = ["Auto-Submitted: auto-generated", "Subject: unsubscribe"];
    expect(await take(plain([`To: ${to}`, ...machine], ""))).toMatchObject({
      ...{ report: { kind: "unsubscribe" }, result: "suppressed" },
    });
    expect((await take(plain([`To: ${forged}`, ...machine], ""))).result).toBe("unmatched");
    expect(await reasonOf(made)).toBe("unsubscribed");
    expect(await reasonOf(made, 1)).toBeUndefined();
  });
});

describe("a kept message", () => {
  test("is shown as it came, to its own tenant", async () => {
    const made = await send();
    const text = returning(idOf(made));
    await take(text);
    const [report] = await bounces.list({ tenantId: made.tenantId });
    const key = { tenantId: made.tenantId, reportId: report?.reportId ?? "" };
    expect((await bounces.get(key)).raw?.toString()).toBe(text);
    const other = await send();
    await expect(bounces.get({ ...key, tenantId: other.tenantId })).rejects.toThrow("report");
    await expect(bounces.get({ ...key, tenantId: null })).rejects.toThrow("report");
    await expect(bounces.reprocess({ ...key, tenantId: other.tenantId })).rejects.toThrow("report");
  });

  test("is read again by one that knows more, and what is new in it follows once", async () => {
    const made = await send();
    // Taken while another secret was set.
    const before = createBounces(store, "a secret that was wrong");
    expect((await before.take(Buffer.from(returning(idOf(made))))).result).toBe("unmatched");
    expect(await before.reprocessUnmatched()).toMatchObject({ matched: 0 });
    const [one, two] = await Promise.all([bounces.reprocessUnmatched(), bounces.reprocessUnmatched()]);
    expect(one.matched + two.matched).toBe(1);
    expect(await reasonOf(made)).toBe("bounced");
    const [report] = await bounces.list({ tenantId: made.tenantId });
    expect(report).toMatchObject({ kind: "bounce", result: "suppressed", contactId: made.contactIds[0] });
    const again = { tenantId: made.tenantId, reportId: report?.reportId ?? "" };
    expect((await bounces.reprocess(again)).result).toBe("unchanged");
    const { rows } = await pool.query("select kind from email_events where send_id = $1", [made.sendId]);
    expect(rows).toEqual([{ kind: "bounce" }]);
  });

  test("that was read wrongly is corrected, and its event is not written twice", async () => {
    const made = await send();
    await take(returning(idOf(made)));
    const [report] = await bounces.list({ tenantId: made.tenantId });
    const key = { tenantId: made.tenantId, reportId: report?.reportId ?? "" };
    await pool.query(
      "update inbound_reports set bounce_class = 'policy', result = 'recorded' where report_id = $1",
      [key.reportId],
    );
    await pool.query("delete from suppressions where tenant_id = $1", [made.tenantId]);
    expect((await bounces.reprocess(key)).result).toBe("suppressed");
    expect((await bounces.reprocess(key)).result).toBe("unchanged");
    const { rows } = await pool.query("select kind from email_events where send_id = $1", [made.sendId]);
    expect(rows).toEqual([{ kind: "bounce" }]);
  });
});
