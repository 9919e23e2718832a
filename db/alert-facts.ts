import type pg from "pg";
import type { AlertKind } from "../domain/alerts.js";
import { workerLostAfterMs } from "../domain/trends.js";
import { loadTenantShares } from "./tenant-shares.js";

/** Something that rules of one kind look at now. */
export interface AlertFact {
  kind: AlertKind;
  /** Null: the platform's. */
  tenantId: string | null;
  subject: string;
  value: number;
}

/**
 * What can be read of these kinds, each where its facts are. A kind whose facts are not known now (nobody has sampled) is
 * not among `known`: that is no reading, not a good one.
 */
export async function loadAlertFacts(
  pool: pg.Pool,
  kinds: ReadonlySet<AlertKind>,
): Promise<{ facts: AlertFact[]; known: Set<AlertKind> }> {
  const facts: AlertFact[] = [];
  const known = new Set<AlertKind>();
  for (const [source, of] of sources) {
    if (!of.some((kind) => kinds.has(kind))) continue;
    const read = await source(pool);
    if (read === null) continue;
    facts.push(...read.filter(({ kind }) => kinds.has(kind)));
    for (const kind of of) known.add(kind);
  }
  return { facts, known };
}

const sources: [source: (pool: pg.Pool) => Promise<AlertFact[] | null>, of: AlertKind[]][] = [
  [queuesOf, ["queue-depth", "queue-age"]],
  [failuresOf, ["failure-rate"]],
  [dropOf, ["throughput-drop"]],
  [deadLettersOf, ["dead-letters"]],
  [workersOf, ["worker-loss", "memory"]],
  [sharesOf, ["bounce-rate", "complaint-rate"]],
  [listingsOf, ["blacklist"]],
  [suspensionsOf, ["provider-suspended"]],
  [reputationsOf, ["reputation"]],
];

/** Of the last sample, when it is young enough to say anything. */
async function queuesOf(pool: pg.Pool): Promise<AlertFact[] | null> {
  const { rows } = await pool.query<{ queue: string; waiting: number; oldestMs: number }>(
    `select queue, max(waiting)::float8 as waiting, max(oldest_ms)::float8 as "oldestMs"
     from queue_series
     where resolution = 'minute' and samples > 0 and at = (
       select max(at) from queue_series
       where resolution = 'minute' and samples > 0 and at > now() - interval '3 minutes' and at <= now())
     group by queue`,
  );
  if (rows.length === 0) return null;
  return rows.flatMap(({ queue: subject, waiting, oldestMs }) => [
    { kind: "queue-depth", tenantId: null, subject, value: waiting },
    { kind: "queue-age", tenantId: null, subject, value: oldestMs / 1_000 },
  ]);
}

/** Of the last ten minutes; fewer than 20 say nothing. */
async function failuresOf(pool: pg.Pool): Promise<AlertFact[]> {
  const { rows } = await pool.query<Omit<AlertFact, "kind">>(
    `select null as "tenantId", queue as subject, sum(failed)::float8 / sum(completed + failed)::float8 as value
     from work_minutes where minute > now() - interval '10 minutes'
     group by queue having sum(completed + failed) >= 20
     union all
     select tenant_id, 'email', sum(count) filter (where outcome in ('dead', 'bounced'))::float8 / sum(count)::float8
     from throughput_minutes
     where minute > now() - interval '10 minutes' and what = 'email' and outcome in ('sent', 'dead', 'bounced')
     group by tenant_id having sum(count) >= 20`,
  );
  return rows.map((row) => ({ ...row, kind: "failure-rate", value: row.value ?? 0 }));
}

/** The last five minutes against the mean of the hour before, while work is under way: without any, nothing leaves rightly. */
async function dropOf(pool: pg.Pool): Promise<AlertFact[]> {
  const { rows } = await pool.query<{ recent: number; before: number; isBusy: boolean }>(
    `select coalesce(sum(count) filter (where minute >= now() - interval '6 minutes'), 0)::float8 / 5 as recent,
       coalesce(sum(count) filter (where minute < now() - interval '6 minutes'), 0)::float8
         / greatest(10, count(distinct minute) filter (where minute < now() - interval '6 minutes')) as before,
       exists (select from campaign_sends where status = 'sending') as "isBusy"
     from throughput_minutes
     where what = 'email' and minute >= now() - interval '66 minutes' and minute < date_trunc('minute', now())`,
  );
  const { recent = 0, before = 0, isBusy = false } = rows[0] ?? {};
  const value = isBusy && before > 0 ? Math.max(0, 1 - recent / before) : 0;
  return [{ kind: "throughput-drop", tenantId: null, subject: "email", value }];
}

async function deadLettersOf(pool: pg.Pool): Promise<AlertFact[]> {
  const { rows } = await pool.query<Omit<AlertFact, "kind">>(
    `select tenant_id as "tenantId", 'all' as subject, count(*)::float8 as value
     from dead_letters where resolved_at is null group by tenant_id`,
  );
  const all = rows.reduce((sum, { value }) => sum + value, 0);
  return [...rows, { tenantId: null, subject: "all", value: all }].map((row) => ({
    ...row,
    kind: "dead-letters",
  }));
}

/** Gone within the last hour, and no other of its role has begun on that host since. */
async function workersOf(pool: pg.Pool): Promise<AlertFact[]> {
  const { rows } = await pool.query<Omit<AlertFact, "tenantId">>(
    `with processes as (
       select *, seen_at > now() - $1 * interval '1 millisecond' as lives from worker_processes
       where stopped_at is null and seen_at > now() - interval '1 hour'
     )
     select 'worker-loss' as kind, role as subject, count(*)::float8 as value from processes p
     where not lives and not exists (
       select from worker_processes n where n.role = p.role and n.host = p.host and n.started_at > p.seen_at)
     group by role
     union all
     select 'memory', role || ' ' || identity, max(memory) from processes where lives group by role, identity`,
    [workerLostAfterMs],
  );
  return rows.map((row) => ({ ...row, tenantId: null }));
}

/** Addresses and domains by the lists that they are on; the platform sees everybody's. */
async function listingsOf(pool: pg.Pool): Promise<AlertFact[]> {
  const { rows } = await pool.query<{ tenantId: string; subject: string; value: number }>(
    `select tenant_id as "tenantId", subject, count(distinct zone)::float8 as value
     from blacklist_standings where status = 'listed' group by tenant_id, subject`,
  );
  return rows.flatMap(({ tenantId, subject, value }) => [
    { kind: "blacklist", tenantId: null, subject, value } satisfies AlertFact,
    // What every tenant may use is the platform's.
    ...(tenantId === "*" ? [] : [{ kind: "blacklist", tenantId, subject, value } satisfies AlertFact]),
  ]);
}

/** What scores of domains and nodes lack to 100; the platform sees everybody's, by the name of the tenant. */
async function reputationsOf(pool: pg.Pool): Promise<AlertFact[]> {
  const { rows } = await pool.query<{ tenantId: string; subject: string; value: number }>(
    `select tenant_id as "tenantId", kind || ' ' || subject as subject, 100 - score::float8 as value
     from reputations where kind in ('domain', 'node') and mailbox_provider = '' and score < 100`,
  );
  return rows.flatMap(({ tenantId, subject, value }) =>
    tenantId === "*"
      ? [{ kind: "reputation", tenantId: null, subject, value } satisfies AlertFact]
      : [
          {
            kind: "reputation",
            tenantId: null,
            subject: `${tenantId} ${subject}`,
            value,
          } satisfies AlertFact,
          { kind: "reputation", tenantId, subject, value } satisfies AlertFact,
        ],
  );
}

/** Nodes by how many mailbox providers take nothing from them; the platform sees everybody's. */
async function suspensionsOf(pool: pg.Pool): Promise<AlertFact[]> {
  const { rows } = await pool.query<Omit<AlertFact, "kind">>(
    `select tenant_id as "tenantId", node_id as subject, count(*)::float8 as value
     from provider_suspensions where ended_at is null and until > now() group by tenant_id, node_id`,
  );
  return rows.flatMap((row) => [
    { ...row, kind: "provider-suspended", tenantId: null } satisfies AlertFact,
    ...(row.tenantId === null ? [] : [{ ...row, kind: "provider-suspended" } satisfies AlertFact]),
  ]);
}

/** Each tenant's own, and for the platform by the name of the tenant. */
async function sharesOf(pool: pg.Pool): Promise<AlertFact[]> {
  return (await loadTenantShares(pool)).flatMap(({ tenantId, bounced, complained }) =>
    (
      [
        [tenantId, "mail"],
        [null, tenantId],
      ] as const
    ).flatMap(([of, subject]) => [
      { kind: "bounce-rate", tenantId: of, subject, value: bounced } satisfies AlertFact,
      { kind: "complaint-rate", tenantId: of, subject, value: complained } satisfies AlertFact,
    ]),
  );
}
