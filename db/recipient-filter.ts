import type { RecipientStatus } from "../domain/recipient-status.js";

/** Which recipients one batch of a send has, and how many of them wait. */
export interface BatchRange {
  batchNo: number;
  /** 0: first delivery; n: retry round n. */
  round: number;
  fromContact: string;
  toContact: string;
  dueAt: Date | null;
  waiting: number;
}

export interface RecipientFilter {
  status?: RecipientStatus | undefined;
  /** Only those whose mail came back (true), or did not. */
  returned?: boolean | undefined;
  /** Only those who did not get it (true): anything but sent, or it came back; or those who did. */
  missed?: boolean | undefined;
  /** Only those that wait in these batches. */
  waitingIn?: readonly BatchRange[] | undefined;
}

/**
 * As a condition on `email_sends r` and `email_returns t`, whose parameters count from `first`; null: all match. Whoever has
 * no parameters puts them into the text (`inline`).
 */
export function recipientMatches(
  { status, returned, missed, waitingIn }: RecipientFilter,
  first: number,
): { sql: string; params: unknown[] } | null {
  const params: unknown[] = [];
  const bind = (value: unknown): string => `$${first + params.push(value) - 1}`;
  const conditions = [
    status !== undefined && `r.status = ${bind(status)}`,
    returned !== undefined && `(t.returned_at is ${returned ? "not null" : "null"})`,
    missed !== undefined && `(r.status <> 'sent' or t.returned_at is not null) = ${missed}`,
    waitingIn !== undefined &&
      `exists (select from unnest(${rangeArrays(waitingIn, bind)}) as b (${rangeColumns}) where ${isWaitingIn})`,
  ].filter((condition) => condition !== false);
  return conditions.length === 0 ? null : { sql: conditions.join(" and "), params };
}

export const rangeColumns = "round, from_contact, to_contact, due_at";

/** Arguments of an `unnest` that gives batches as rows. */
export function rangeArrays(batches: readonly BatchRange[], bind: (value: unknown) => string): string {
  return [
    `${bind(batches.map(({ round }) => round))}::int[]`,
    `${bind(batches.map(({ fromContact }) => fromContact))}::bigint[]`,
    `${bind(batches.map(({ toContact }) => toContact))}::bigint[]`,
    `${bind(batches.map(({ dueAt }) => dueAt?.toISOString() ?? null))}::timestamptz[]`,
  ].join(", ");
}

/** The rows that are a batch's to settle, as `unsettledOfBatch` has them. */
export const isWaitingIn = `r.contact_id between b.from_contact and b.to_contact and case when b.round = 0
  then r.status = 'pending' and r.due_at is not distinct from b.due_at else r.status = 'deferred' end`;
