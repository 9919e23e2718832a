import { expect } from "vitest";
import type { RecipientStatus } from "../../domain/recipient-status.js";
import type { Audience } from "./crash-audience.js";
import type { CrashSend } from "./crash-send.js";
import type { CrashStack } from "./crash-stack.js";

/** The ledger of an ended send held against what the SMTP server took. Values are contact ids. */
export interface Account {
  status: string;
  /** As the send counts them: all of the audience, or what a cancel left of the snapshot. */
  recipients: number;
  counts: Partial<Record<RecipientStatus, number>>;
  rows: number;
  /** Recipients that the ledger calls sent and the server never saw. */
  lost: string[];
  /** Messages that the server took and the ledger neither calls sent nor flags. */
  unaccounted: string[];
  /** Recipients whose message the server took twice or more. */
  duplicates: string[];
  /** Of these, those that the ledger does not flag. */
  hidden: string[];
  flagged: string[];
  /** Recipients with more than one attempt spent. */
  repeated: string[];
  distinctReceived: number;
}

interface LedgerRow {
  contact_id: string;
  status: RecipientStatus;
  attempts: number;
  possible_duplicate: boolean;
}

export async function accountFor({ pool, smtp }: CrashStack, { sendId }: CrashSend): Promise<Account> {
  const { rows } = await pool.query<LedgerRow>(
    "select contact_id, status, attempts, possible_duplicate from email_sends where send_id = $1",
    [sendId],
  );
  const send = await pool.query<{ status: string; recipients: number }>(
    "select status, recipients::int from campaign_sends where send_id = $1",
    [sendId],
  );
  const times = new Map<string, number>();
  for (const { messageId } of await smtp.messages()) {
    const [, of, contactId] = /^<([^.]+)\.(\d+)[.@]/.exec(messageId ?? "") ?? [];
    if (of === sendId && contactId) times.set(contactId, (times.get(contactId) ?? 0) + 1);
  }
  const counts: Account["counts"] = {};
  for (const { status } of rows) counts[status] = (counts[status] ?? 0) + 1;
  const ids = (keep: (row: LedgerRow) => boolean) => rows.filter(keep).map((row) => row.contact_id);
  const known = new Set(ids((row) => row.status === "sent" || row.possible_duplicate));
  const flagged = ids((row) => row.possible_duplicate);
  const flags = new Set(flagged);
  const duplicates = [...times].filter(([, n]) => n > 1).map(([contactId]) => contactId);
  return {
    status: send.rows[0]?.status ?? "",
    recipients: send.rows[0]?.recipients ?? 0,
    counts,
    rows: rows.length,
    lost: ids((row) => row.status === "sent" && !times.has(row.contact_id)),
    unaccounted: [...times.keys()].filter((contactId) => !known.has(contactId)),
    duplicates,
    hidden: duplicates.filter((contactId) => !flags.has(contactId)),
    flagged,
    repeated: ids((row) => row.attempts > 1),
    distinctReceived: times.size,
  };
}

/** What holds after every crash: each recipient once in the ledger, in one final status, and the server agrees. */
export function expectAccounted(
  account: Account,
  audience: Audience,
  /** Recipients that may be flagged: what was announced without an answer at the crashes. */
  window: number,
): void {
  const { counts, rows, status } = account;
  const { suppressed = 0, sent = 0, cancelled = 0 } = counts;
  expect(rows).toBe(account.recipients);
  // Nothing else happened to them: no pending, deferred, bounced, dead or unknown one.
  expect(sent + cancelled + suppressed).toBe(rows);
  expect(status).toBe(cancelled > 0 ? "cancelled" : "completed");
  if (status === "completed")
    expect({ rows, suppressed }).toEqual({ rows: audience.recipients, suppressed: audience.suppressed });
  expect(account.lost).toEqual([]);
  expect(account.unaccounted).toEqual([]);
  expect(account.hidden).toEqual([]);
  expect(account.flagged.length).toBeLessThanOrEqual(window);
  expect(account.duplicates.length).toBeLessThanOrEqual(window);
}
