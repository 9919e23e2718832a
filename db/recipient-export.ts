import type pg from "pg";
import {
  copyCsv,
  inline,
  plain,
  text,
  time,
  toLiteral,
  type CsvColumn,
  type CsvCopy,
  type CsvSelection,
} from "./csv-copy.js";
import {
  isWaitingIn,
  rangeArrays,
  rangeColumns,
  recipientMatches,
  type BatchRange,
  type RecipientFilter,
} from "./recipient-filter.js";
import { withReturns } from "./recipients.js";
import { findSendMonth } from "./send-month.js";

/** Recipients that wait in it, the limit that holds them back, and when it is free again. */
export interface HeldRange extends BatchRange {
  heldBy: string;
  freeAtMs: number;
}

export interface RecipientExportQuery extends RecipientFilter {
  tenantId: string;
  sendId: string;
  /** What is held now. */
  held: readonly HeldRange[];
  /** False, the default: a value that a spreadsheet would run as a formula gets an apostrophe before it. */
  raw?: boolean | undefined;
}

export interface RecipientExporter {
  /** Rows of the ledger by contact id. @throws NotFound (send) */
  exportRecipients(query: RecipientExportQuery): Promise<CsvCopy>;
}

export function createRecipientExporter(pool: pg.Pool): RecipientExporter {
  return {
    exportRecipients: ({ raw = false, ...query }) =>
      copyCsv(pool, (client) => selectRecipients(client, query), { raw }),
  };
}

async function selectRecipients(
  client: pg.ClientBase,
  { tenantId, sendId, held, ...filter }: Omit<RecipientExportQuery, "raw">,
): Promise<CsvSelection> {
  const sendMonth = await findSendMonth(client, tenantId, sendId);
  const matches = recipientMatches(filter, 1);
  return {
    columns: [...ledgerColumns, text("held_by", "h.held_by"), time("free_at", "h.free_at")],
    from: `from email_sends r ${withReturns} ${withHolds(held)}
      where r.send_month = ${toLiteral(sendMonth)} and r.send_id = ${toLiteral(sendId)}
        and r.tenant_id = ${toLiteral(tenantId)} and ${matches ? inline(matches.sql, matches.params) : "true"}`,
    orderBy: "r.contact_id",
  };
}

function withHolds(held: readonly HeldRange[]): string {
  if (held.length === 0) return "left join (select null as held_by, null::timestamptz as free_at) h on true";
  const batches = [
    rangeArrays(held, toLiteral),
    `${toLiteral(held.map(({ heldBy }) => heldBy))}::text[]`,
    `${toLiteral(held.map(({ freeAtMs }) => new Date(freeAtMs).toISOString()))}::timestamptz[]`,
  ];
  return `left join lateral (
    select b.held_by, b.free_at from unnest(${batches.join(", ")}) as b (${rangeColumns}, held_by, free_at)
    where ${isWaitingIn} limit 1) h on true`;
}

/** Of `email_sends r` and `email_returns t`. */
export const ledgerColumns: readonly CsvColumn[] = [
  plain("contact_id", "r.contact_id"),
  text("email", "r.email"),
  plain("status", "r.status"),
  plain("attempts", "r.attempts"),
  plain("possible_duplicate", "r.possible_duplicate"),
  text("reason", "r.reason"),
  plain("reply_code", "r.reply_code"),
  plain("enhanced_code", "r.enhanced_code"),
  text("reply_text", "r.reply_text"),
  plain("node_id", "r.node_id"),
  time("due_at", "r.due_at"),
  time("settled_at", "r.settled_at"),
  time("returned_at", "t.returned_at"),
  plain("returned_as", "t.bounce_class"),
  plain("returned_code", "t.enhanced_code"),
  text("returned_text", "t.diagnostic"),
];
