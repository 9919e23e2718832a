import { journalKey } from "../../throttle/keys.js";
import { unpackBits } from "../../throttle/bitmap.js";
import { tenantId, type Audience } from "./crash-audience.js";
import type { CrashStack } from "./crash-stack.js";
import { until } from "./until.js";

/** One send to the whole audience, and what is seen of it from outside. */
export interface CrashSend {
  sendId: string;
  recipients: number;
  /** Messages that the SMTP server took so far. */
  received(): Promise<number>;
  /** Waits until the server has taken `share` of the recipients' messages; returns how many it then had. */
  reaches(share: number): Promise<number>;
  /** Contact ids that were announced and neither acknowledged nor settled: what is in doubt right now. */
  inDoubt(): Promise<string[]>;
  /** Recipients that stand in a final status. */
  settled(): Promise<number>;
  /** Batches that an attempt holds now. */
  openBatches(): Promise<number>;
  /** Recipients of these that are not settled. */
  unsettledInOpenBatches(): Promise<number>;
  /** Waits until the workflow has completed. */
  ends(): Promise<void>;
}

/** Starts a campaign to everybody. The server's messages are forgotten first: its counts are then those of this send. */
export async function startSend(
  stack: CrashStack,
  { recipients }: Audience,
  name: string,
  { onUnknown, ...options }: { perSecond?: number; onUnknown?: "resend" | "hold" } = {},
): Promise<CrashSend> {
  const { floe, pool, smtp, redis } = stack;
  await smtp.forget();
  const { campaignId } = await floe.campaigns.create({
    tenantId,
    name,
    template: "hello",
    list: "everybody",
    fromEmail: "news@example.com",
    ...(onUnknown && { onUnknown }),
  });
  const { sendId } = await floe.campaigns.start({ tenantId, campaignId, ...options });

  const received = async () => (await smtp.statistics()).received;
  const count = async (text: string) =>
    (await pool.query<{ count: number }>(text, [sendId])).rows[0]?.count ?? 0;

  return {
    sendId,
    recipients,
    received,
    reaches: (share) =>
      until(`${name}: ${share * 100} % sent`, async () => {
        const now = await received();
        return now >= share * recipients ? now : null;
      }),

    async inDoubt() {
      const { rows } = await pool.query<{ batch_no: number; people: [string, number][] }>(
        `select b.batch_no, json_agg(json_build_array(r.contact_id::text, r.position - b.first_position)) as people
         from campaign_send_batches b
         join email_sends r on r.send_id = b.send_id and r.contact_id between b.from_contact and b.to_contact
         where b.send_id = $1 and b.owner_token is not null and r.status in ('pending', 'deferred')
         group by b.batch_no`,
        [sendId],
      );
      const doubt: string[] = [];
      for (const { batch_no: batchNo, people } of rows) {
        const journal = await redis.hgetallBuffer(journalKey(sendId, batchNo));
        const announced = unpackBits(journal.announced ?? Buffer.alloc(0));
        const accepted = unpackBits(journal.accepted ?? Buffer.alloc(0));
        for (const [contactId, bit] of people)
          if (announced.has(bit) && !accepted.has(bit)) doubt.push(contactId);
      }
      return doubt;
    },

    settled: () =>
      count(
        `select count(*)::int from email_sends where send_id = $1 and status not in ('pending', 'deferred')`,
      ),
    openBatches: () =>
      count(`select count(*)::int from campaign_send_batches where send_id = $1 and owner_token is not null`),
    unsettledInOpenBatches: () =>
      count(
        `select count(*)::int
         from campaign_send_batches b
         join email_sends r on r.send_id = b.send_id and r.contact_id between b.from_contact and b.to_contact
         where b.send_id = $1 and b.owner_token is not null and r.status in ('pending', 'deferred')`,
      ),

    async ends() {
      await until(
        `${name}: the end`,
        async () => {
          const { status } = await floe.campaigns.status({ tenantId, sendId });
          return status === "completed" || status === "cancelled";
        },
        { everyMs: 100, timeoutMs: 150_000 },
      );
      await floe.campaigns.wait({ tenantId, sendId });
    },
  };
}
