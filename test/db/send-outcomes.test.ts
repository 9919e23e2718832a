import { expect, test } from "vitest";
import { createEventStore } from "../../db/events.js";
import { createLedger } from "../../db/ledger.js";
import { createSendOutcomeStore } from "../../db/send-outcomes.js";
import { createSendStore } from "../../db/send-store.js";
import { createSends } from "../../db/sends.js";
import { testDatabase } from "../setup/stack.js";
import { createTestSend, runBatch, settlement } from "./factories.js";

const { pool } = await testDatabase();
const store = createSendOutcomeStore(pool);
const ledger = createLedger(pool);

const addresses = ["a@gmail.com", "b@googlemail.com", "c@gmail.com", "d@hotmail.co.uk", "e@firm.example"];

/** Gmail took one, refused one and put one off before it took it; Outlook refused; the firm's came back. */
async function createMixedSend() {
  const send = await createTestSend(
    pool,
    addresses.map((email) => ({ email })),
  );
  await createSendStore(pool).snapshotPage(send.sendId, { contacts: 10, batchSize: 10 });
  const [a = "", b = "", c = "", d = "", e = ""] = send.contactIds;
  const came = {
    [b]: settlement(b, "bounced", {
      ...{
        reason: "bad-address",
        replyCode: 550,
        enhancedCode: "5.1.1",
        replyText: "No such user <address>",
      },
    }),
    [c]: settlement(c, "sent", { attempts: 2 }),
    [d]: settlement(d, "dead", { reason: "policy", replyCode: 550, replyText: "blocked by policy" }),
  };
  await runBatch(ledger, send, 1, (id) => came[id] ?? settlement(id, "sent"));
  await pool.query(
    `insert into email_returns (send_id, contact_id, tenant_id, email, bounce_class, enhanced_code, diagnostic, returned_at)
     values ($1, $2, $3, 'e@firm.example', 'soft', '5.2.2', 'mailbox full', now())`,
    [send.sendId, e, send.tenantId],
  );
  const events = createEventStore(pool);
  const tell = (contactId: string, ...kinds: ("open" | "click" | "complaint" | "unsubscribe")[]) =>
    events.recordEvents(
      kinds.map((kind) => ({ sendId: send.sendId, contactId, kind, occurredAt: new Date() })),
    );
  await tell(a, "open", "open", "click");
  await tell(c, "open", "complaint");
  return { ...send, a, b, c, d, tell };
}

test("outcomes are told by mailbox provider, and reasons with what a server said", async () => {
  const send = await createMixedSend();
  const { providers, reasons, countedAt } = await store.loadOutcomes(send.tenantId, send.sendId);
  expect(countedAt).not.toBeNull();
  const nothing = { returned: 0, deferred: 0, dead: 0, bounced: 0, complaints: 0, unsubscribes: 0 };
  const unseen = { uniqueOpens: 0, uniqueClicks: 0 };
  expect(providers).toHaveLength(3);
  expect(providers).toEqual(
    expect.arrayContaining([
      {
        ...{ ...nothing, mailboxProvider: "gmail", recipients: 3, sent: 2, delivered: 2, bounced: 1 },
        ...{ deferred: 1, complaints: 1, uniqueOpens: 2, uniqueClicks: 1 },
      },
      { ...nothing, ...unseen, mailboxProvider: "outlook", recipients: 1, sent: 0, delivered: 0, dead: 1 },
      { ...nothing, ...unseen, mailboxProvider: "other", recipients: 1, sent: 1, delivered: 0, returned: 1 },
    ]),
  );
  expect(reasons).toEqual([
    {
      ...{
        status: "bounced",
        bounceClass: "hard",
        reason: "bad-address",
        replyCode: 550,
        enhancedCode: "5.1.1",
      },
      ...{ recipients: 1, sampleReply: "No such user <address>" },
    },
    {
      ...{ status: "dead", bounceClass: "policy", reason: "policy", replyCode: 550, enhancedCode: null },
      ...{ recipients: 1, sampleReply: "blocked by policy" },
    },
    {
      ...{ status: "returned", bounceClass: "soft", reason: null, replyCode: null, enhancedCode: "5.2.2" },
      ...{ recipients: 1, sampleReply: "mailbox full" },
    },
  ]);
  const [, refused] = await createSends(pool).listRecipients(send.tenantId, send.sendId, { limit: 2 });
  expect(refused?.replyText).toBe("No such user <address>");
});

test("what was counted is kept: counted again when it is old, not at all when nothing can have changed", async () => {
  const send = await createMixedSend();
  const look = () => store.loadOutcomes(send.tenantId, send.sendId);
  const age = (text: string) =>
    pool.query("update send_outcomes set counted_at = now() - $2::interval where send_id = $1", [
      send.sendId,
      text,
    ]);
  const [first, second] = await Promise.all([look(), look()]);
  expect(second.countedAt).toEqual(first.countedAt);
  await send.tell(send.a, "unsubscribe");
  await age("1 hour");
  const unsubscribes = ({ providers }: Awaited<ReturnType<typeof look>>) =>
    providers.find(({ mailboxProvider }) => mailboxProvider === "gmail")?.unsubscribes;
  expect(unsubscribes(await look())).toBe(1);

  await pool.query("update campaign_sends set status = 'completed' where send_id = $1", [send.sendId]);
  await pool.query("update campaign_analytics set updated_at = now() - interval '1 day' where send_id = $1", [
    send.sendId,
  ]);
  await age("1 hour");
  const kept = await look();
  expect((await look()).countedAt).toEqual(kept.countedAt);
  expect(Date.now() - (kept.countedAt?.getTime() ?? 0)).toBeGreaterThan(3_000_000);
  await expect(store.loadOutcomes("another", send.sendId)).rejects.toThrow("send");
});
