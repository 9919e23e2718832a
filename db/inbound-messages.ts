import { createHash } from "node:crypto";
import type pg from "pg";
import type { InboundReport, InboundResult } from "../domain/bounces.js";
import type { SoftBouncePolicy } from "../domain/soft-bounces.js";
import type { RecipientKey } from "./events.js";
import { recordReport } from "./inbound-reports.js";
import type { ReadRaw } from "./inbound-reprocessing.js";
import { transaction } from "./pool.js";

export interface InboundMessage {
  /** Null: only reading it says whose it is. */
  recipient: RecipientKey | null;
  raw: Buffer;
}

export interface InboundMessageStore {
  /** Durable when it resolves. The same message again changes nothing. */
  store(message: InboundMessage): Promise<void>;
  isWaiting(): Promise<boolean>;
  /**
   * Reads up to `limit` that wait, each with everything that follows in a transaction of its own: a process that dies in it
   * leaves it waiting. Several processes may do this, each with messages of its own.
   */
  process(limit: number, read: ReadRaw): Promise<Processed[]>;
}

export function createInboundMessageStore(pool: pg.Pool, softBounces: SoftBouncePolicy): InboundMessageStore {
  return {
    store: (message) => store(pool, message),
    isWaiting: () => isWaiting(pool),
    process: (limit, read) => processWaiting(pool, { limit, read, softBounces }),
  };
}

async function store(pool: pg.Pool, { recipient, raw }: InboundMessage): Promise<void> {
  const digest = createHash("sha256").update(raw).digest();
  await pool.query(
    `insert into inbound_messages (digest, send_id, contact_id, raw) values ($1, $2, $3, $4)
     on conflict (digest) do nothing`,
    [digest, recipient?.sendId ?? null, recipient?.contactId ?? null, raw],
  );
}

async function isWaiting(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ waiting: boolean }>(
    "select exists (select from inbound_messages) as waiting",
  );
  return rows[0]?.waiting ?? false;
}

interface WaitingRow {
  messageId: string;
  digest: Buffer;
  sendId: string | null;
  contactId: string | null;
  raw: Buffer;
  receivedAt: Date;
}

interface Processing {
  limit: number;
  read: ReadRaw;
  softBounces: SoftBouncePolicy;
}

type Processed = { report: InboundReport; result: InboundResult; isDmarc: boolean };

async function processWaiting(pool: pg.Pool, { limit, ...one }: Processing): Promise<Processed[]> {
  const done: Processed[] = [];
  while (done.length < limit) {
    const processed = await processOne(pool, one);
    if (!processed) break;
    done.push(processed);
  }
  return done;
}

type ProcessOne = Omit<Processing, "limit">;

/** One whose words Postgres cannot store is kept as a message that says nothing, so that it holds up no other. */
async function processOne(pool: pg.Pool, one: ProcessOne): Promise<Processed | null> {
  try {
    return await transaction(pool, (client) => processNext(client, one));
  } catch (error) {
    if (!isDataException(error)) throw error;
    const unreadable: ReadRaw = () => Promise.resolve({ report: { kind: "other" }, recipient: null });
    return transaction(pool, (client) => processNext(client, { ...one, read: unreadable }));
  }
}

/** SQLSTATE class 22. */
function isDataException(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("22");
}

async function processNext(
  client: pg.PoolClient,
  { read, softBounces }: ProcessOne,
): Promise<Processed | null> {
  const { rows } = await client.query<WaitingRow>(
    `select message_id as "messageId", digest, send_id as "sendId", contact_id as "contactId", raw,
       received_at as "receivedAt"
     from inbound_messages order by message_id limit 1 for update skip locked`,
  );
  const [row] = rows;
  if (!row) return null;
  const { messageId, digest, sendId, contactId, raw, receivedAt } = row;
  const { report, recipient: found, claimed, dmarc } = await read(raw);
  // Whose it is, the return path has said.
  const recipient = sendId !== null && contactId !== null ? { sendId, contactId } : found;
  const source = sendId === null ? "imap" : "smtp";
  const result = await recordReport(
    client,
    {
      digest,
      report,
      recipient,
      raw,
      receivedAt,
      source,
      ...(claimed && { claimed }),
      ...(dmarc && { dmarc }),
    },
    softBounces,
  );
  await client.query("delete from inbound_messages where message_id = $1", [messageId]);
  const isDmarc = dmarc !== undefined || (report.kind === "other" && report.diagnostic !== undefined);
  return { report, result, isDmarc };
}
