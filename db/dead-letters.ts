import type pg from "pg";
import type { DeadLetterFilter, DeadLetterKind } from "../domain/dead-letters.js";
import { Conflict } from "../domain/errors.js";
import { fillPage, WalkedPage } from "../domain/walked-page.js";
import { recordAudit, type Authorship } from "./audit-log.js";
import { filterValues, matchesFilter } from "./dead-letter-filter.js";
import { transaction } from "./pool.js";

/** Work that spent its attempts and waits for a person. */
export interface DeadLetter {
  deadLetterId: string;
  kind: DeadLetterKind;
  /** Of a campaign's recipient: its send and contact; else null. */
  sendId: string | null;
  contactId: string | null;
  /** Of a single email; else null. */
  emailId: string | null;
  /** Of an event for a webhook; else null. */
  deliveryId: string | null;
  /** Of a refused row: its import and line; of a failed import: without a line; else null. */
  importId: string | null;
  line: number | null;
  /** Of a failed export; else null. */
  exportId: string | null;
  /** Of a failed job: the run of its graph, and its name; else null. */
  runId: string | null;
  job: string | null;
  reason: string;
  attempts: number;
  /** The letter whose replay failed again; else null. */
  replayOf: string | null;
  createdAt: Date;
}

export interface DeadLetterPreview {
  count: number;
  /** True: there are so many open ones that only the first of them were looked at; what is counted is of those. */
  partial: boolean;
  /** Most frequent first; the first twenty. */
  reasons: { kind: DeadLetterKind; reason: string; count: number }[];
}

export interface Purge extends Authorship {
  tenantId: string;
  filter: DeadLetterFilter;
  /** Letters before it, open or resolved. */
  createdBefore: Date;
  expected: number;
}

export interface DeadLetterStore {
  /** Open ones, oldest first; `after` is the last id of the page before. */
  listDeadLetters(
    tenantId: string,
    page: { filter: DeadLetterFilter; after?: string | undefined; limit: number },
  ): Promise<DeadLetter[]>;
  /** The same, of the next `lettersWalked` letters. */
  walkDeadLetters(
    tenantId: string,
    page: { filter: DeadLetterFilter; after?: string | undefined; limit: number },
  ): Promise<WalkedPage<DeadLetter>>;
  /** Open ones that a filter matches. */
  previewDeadLetters(tenantId: string, filter: DeadLetterFilter): Promise<DeadLetterPreview>;
  /** @returns how many were open and are now dismissed. Retried ones are resolved by what revives them. */
  dismissDeadLetters(tenantId: string, deadLetterIds: string[], by: Authorship): Promise<number>;
  /** How many a purge would remove. */
  countPurgeable(purge: Pick<Purge, "tenantId" | "filter" | "createdBefore">): Promise<number>;
  /** @throws Conflict when another number would be removed than is expected */
  purgeDeadLetters(purge: Purge): Promise<number>;
}

export function createDeadLetterStore(pool: pg.Pool): DeadLetterStore {
  return {
    listDeadLetters: (tenantId, query) => fillPage(query, (page) => walkDeadLetters(pool, tenantId, page)),
    walkDeadLetters: (tenantId, page) => walkDeadLetters(pool, tenantId, page),
    previewDeadLetters: (tenantId, filter) => previewDeadLetters(pool, tenantId, filter),
    dismissDeadLetters: (tenantId, ids, by) => dismissDeadLetters(pool, { tenantId, ids, by }),
    countPurgeable: (purge) => countPurgeable(pool, purge),
    purgeDeadLetters: (purge) => purgeDeadLetters(pool, purge),
  };
}

/** Of `dead_letters d`. */
export const letterColumns = `d.dead_letter_id as "deadLetterId", d.kind, d.send_id as "sendId",
  d.contact_id as "contactId", d.email_id as "emailId", d.delivery_id as "deliveryId", d.import_id as "importId",
  d.import_line::float8 as line, d.export_id as "exportId", d.run_id as "runId", d.job, d.reason, d.attempts,
  d.replay_of as "replayOf", d.created_at as "createdAt"`;

/** Of a tenant and kind: no index knows what stands in a letter, or how old it is. */
const lettersWalked = 20_000;

async function walkDeadLetters(
  pool: pg.Pool,
  tenantId: string,
  { filter, after = "0", limit }: { filter: DeadLetterFilter; after?: string | undefined; limit: number },
): Promise<WalkedPage<DeadLetter>> {
  const { kind, deadLetterIds, ...others } = filter;
  const isWalked = deadLetterIds === undefined && Object.values(others).some((value) => value !== undefined);
  const walkTo = isWalked ? await findWalkEnd(pool, { tenantId, kind: kind ?? null, after }) : null;
  const { rows } = await pool.query<DeadLetter>(
    `select ${letterColumns} from dead_letters d
     where ${matchesFilter} and d.resolved_at is null and d.dead_letter_id > $9
       and ($11::bigint is null or d.dead_letter_id <= $11)
     order by d.dead_letter_id limit $10`,
    [...filterValues(tenantId, filter), after, limit, walkTo],
  );
  return new WalkedPage(rows, rows.length < limit ? walkTo : (rows.at(-1)?.deadLetterId ?? null));
}

/** The last letter of those that are looked at; null: all that are left. */
async function findWalkEnd(
  pool: pg.Pool,
  { tenantId, kind, after }: { tenantId: string; kind: DeadLetterKind | null; after: string },
  letters = lettersWalked,
): Promise<string | null> {
  const { rows } = await pool.query<{ deadLetterId: string }>(
    `select dead_letter_id as "deadLetterId" from dead_letters
     where tenant_id = $1 and resolved_at is null and ($2::text is null or kind = $2) and dead_letter_id > $3
     order by dead_letter_id offset $4 limit 1`,
    [tenantId, kind, after, letters - 1],
  );
  return rows[0]?.deadLetterId ?? null;
}

const reasonsShown = 20;

/** What stands in them is looked through: 50,000 take 100 ms. */
const lettersPreviewed = 50_000;

async function previewDeadLetters(
  pool: pg.Pool,
  tenantId: string,
  filter: DeadLetterFilter,
): Promise<DeadLetterPreview> {
  const of = { tenantId, kind: filter.kind ?? null, after: "0" };
  const walkTo = filter.deadLetterIds ? null : await findWalkEnd(pool, of, lettersPreviewed);
  const { rows } = await pool.query<DeadLetterPreview["reasons"][number] & { total: number }>(
    `select d.kind, d.reason, count(*)::int as count, sum(count(*)) over ()::int as total from dead_letters d
     where ${matchesFilter} and d.resolved_at is null and ($9::bigint is null or d.dead_letter_id <= $9)
     group by d.kind, d.reason order by count(*) desc, d.kind, d.reason limit ${reasonsShown}`,
    [...filterValues(tenantId, filter), walkTo],
  );
  const reasons = rows.map(({ total: _total, ...row }) => row);
  return { count: rows[0]?.total ?? 0, partial: walkTo !== null, reasons };
}

async function dismissDeadLetters(
  pool: pg.Pool,
  { tenantId, ids, by }: { tenantId: string; ids: string[]; by: Authorship },
): Promise<number> {
  const { rows } = await pool.query<{ dismissed: number }>(
    `with dismissed as (
       update dead_letters set resolved_at = now(), resolution = 'dismissed'
       where tenant_id = $1 and dead_letter_id = any ($2::bigint[]) and resolved_at is null
       returning dead_letter_id
     ), audited as (
       insert into audit_log (tenant_id, actor, action, subject, reason)
       select $1, $3, 'dead_letters.dismiss', dead_letter_id::text, $4 from dismissed
     )
     select count(*)::int as dismissed from dismissed`,
    [tenantId, ids, by.actor, by.reason],
  );
  return rows[0]?.dismissed ?? 0;
}

/** One that a replay is about to take up is left: its work would never be told. */
const isPurgeable = `${matchesFilter} and d.created_at < $9
  and not exists (select from dead_letter_replay_items i
    where i.dead_letter_id = d.dead_letter_id and i.state in ('waiting', 'revived'))`;

type PurgeTarget = Pick<Purge, "tenantId" | "filter" | "createdBefore">;

async function countPurgeable(
  pool: pg.Pool,
  { tenantId, filter, createdBefore }: PurgeTarget,
): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from dead_letters d where ${isPurgeable}`,
    [...filterValues(tenantId, filter), createdBefore],
  );
  return rows[0]?.count ?? 0;
}

async function purgeDeadLetters(pool: pg.Pool, purge: Purge): Promise<number> {
  const { tenantId, filter, createdBefore, expected } = purge;
  return transaction(pool, async (client) => {
    const { rowCount } = await client.query(`delete from dead_letters d where ${isPurgeable}`, [
      ...filterValues(tenantId, filter),
      createdBefore,
    ]);
    const purged = rowCount ?? 0;
    if (purged !== expected) throw notAsExpected(purged, expected);
    const { actor, reason } = purge;
    await recordAudit(client, {
      ...{ tenantId, actor, reason, action: "dead_letters.purge", subject: "dead_letters" },
      before: { filter, createdBefore },
      after: { purged },
    });
    return purged;
  });
}

function notAsExpected(found: number, expected: number): Conflict {
  return new Conflict(
    `expected: the filter matches ${found} dead letters now, not ${expected}; nothing was removed. Look again, then purge.`,
    { found, expected },
  );
}
