import { createHash } from "node:crypto";
import type pg from "pg";
import type { InboundReport, InboundResult } from "../domain/bounces.js";
import { recordReport } from "./inbound-reports.js";
import { transaction } from "./pool.js";

export interface InboundMessage {
  /** The send's id, or the single email's. */
  sendId: string;
  /** The contact's id, or the position of the single email's recipient. */
  contactId: string;
  raw: Buffer;
}

export interface InboundMessageStore {
  /** Durable when it resolves. The same message again changes nothing. */
  store(message: InboundMessage): Promise<void>;
  isWaiting(): Promise<boolean>;
  /**
   * Reads up to `limit` that wait, with everything that follows, in one transaction: a process that dies in it leaves them
   * waiting. Several processes may do this, each with messages of its own.
   */
  process(
    limit: number,
    read: (raw: Buffer) => Promise<InboundReport>,
  ): Promise<{ report: InboundReport; result: InboundResult }[]>;
}

export function createInboundMessageStore(pool: pg.Pool): InboundMessageStore {
  return {
    store: (message) => store(pool, message),
    isWaiting: () => isWaiting(pool),
    process: (limit, read) => process(pool, limit, read),
  };
}

async function store(pool: pg.Pool, { sendId, contactId, raw }: InboundMessage): Promise<void> {
  const digest = createHash("sha256").update(`${sendId}.${contactId}\n`).update(raw).digest();
  await pool.query(
    `insert into inbound_messages (digest, send_id, contact_id, raw) values ($1, $2, $3, $4)
     on conflict (digest) do nothing`,
    [digest, sendId, contactId, raw],
  );
}

async function isWaiting(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ waiting: boolean }>(
    "select exists (select from inbound_messages) as waiting",
  );
  return rows[0]?.waiting ?? false;
}

interface WaitingRow extends InboundMessage {
  messageId: string;
  digest: Buffer;
  receivedAt: Date;
}

function process(
  pool: pg.Pool,
  limit: number,
  read: (raw: Buffer) => Promise<InboundReport>,
): ReturnType<InboundMessageStore["process"]> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<WaitingRow>(
      `select message_id as "messageId", digest, send_id as "sendId", contact_id as "contactId", raw,
         received_at as "receivedAt"
       from inbound_messages order by message_id limit $1 for update skip locked`,
      [limit],
    );
    const done: { report: InboundReport; result: InboundResult }[] = [];
    for (const { digest, sendId, contactId, raw, receivedAt } of rows) {
      const report = await read(raw);
      const result = await recordReport(client, {
        digest,
        report,
        recipient: { sendId, contactId },
        receivedAt,
      });
      done.push({ report, result });
    }
    await client.query("delete from inbound_messages where message_id = any ($1::bigint[])", [
      rows.map(({ messageId }) => messageId),
    ]);
    return done;
  });
}
