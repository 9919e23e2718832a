import type pg from "pg";
import { scoreReputation, triedOf, type ReputationScore } from "../domain/reputation.js";
import { transaction, type Queryable } from "./pool.js";
import { loadReputationFacts, type FactsOf, type SubjectFacts } from "./reputation-facts.js";

/** Tenants with anything to score, behind `after`; `*` is not among them. */
export async function listTenantsToScore(
  pool: pg.Pool,
  page: { after: string | null; limit: number },
): Promise<string[]> {
  const { rows } = await pool.query<{ tenantId: string }>(
    `select tenant_id as "tenantId" from tenants where $1::text is null or tenant_id > $1 order by tenant_id limit $2`,
    [page.after, page.limit],
  );
  return rows.map(({ tenantId }) => tenantId);
}

/** Scores all that is these tenants' as of the end of that day; a repeat writes the day anew. @returns how many have a score */
export async function calculateReputations(pool: pg.Pool, of: FactsOf): Promise<number> {
  return transaction(pool, async (client) => {
    // In the order in which gates are looked at, so that the two wait for one another.
    await client.query(
      `select from reputations where tenant_id = any ($1) order by tenant_id, kind, subject, mailbox_provider for update`,
      [of.tenantIds],
    );
    const scored = (await loadReputationFacts(client, of)).map((facts) => ({
      facts,
      ...scoreReputation(facts),
    }));
    await writeScores(client, scored, of.day);
    await forgetScores(client, of);
    return scored.filter(({ score }) => score !== null).length;
  });
}

type Scored = ReputationScore & { facts: SubjectFacts };

/** An earlier day that is calculated anew is written to the history alone. In one order, so that two who write do not meet. */
async function writeScores(db: Queryable, scored: readonly Scored[], day: string): Promise<void> {
  await db.query(
    `with scored as (
       select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::jsonb[], $7::bigint[])
         as s (tenant_id, kind, subject, mailbox_provider, score, factors, tried)
     ), present as (
       insert into reputations as r (tenant_id, kind, subject, mailbox_provider, day, score, factors, tried, calculated_at)
       select tenant_id, kind, subject, mailbox_provider, $8::date, score, factors, tried, now() from scored
       order by tenant_id, kind, subject, mailbox_provider
       on conflict (tenant_id, kind, subject, mailbox_provider) do update set
         day = greatest(r.day, excluded.day), calculated_at = excluded.calculated_at,
         score = case when r.day > excluded.day then r.score else excluded.score end,
         factors = case when r.day > excluded.day then r.factors else excluded.factors end,
         tried = case when r.day > excluded.day then r.tried else excluded.tried end
       returning tenant_id, kind, subject, mailbox_provider, gate
     )
     insert into reputation_days as d (tenant_id, kind, subject, mailbox_provider, day, score, factors, tried, gate)
     select tenant_id, kind, subject, mailbox_provider, $8::date, s.score, s.factors, s.tried, p.gate
     from scored s join present p using (tenant_id, kind, subject, mailbox_provider)
     order by tenant_id, kind, subject, mailbox_provider
     on conflict (tenant_id, kind, subject, mailbox_provider, day) do update set score = excluded.score,
       factors = excluded.factors, tried = excluded.tried, gate = excluded.gate, calculated_at = now()`,
    [
      scored.map(({ facts }) => facts.tenantId),
      scored.map(({ facts }) => facts.kind),
      scored.map(({ facts }) => facts.subject),
      scored.map(({ facts }) => facts.mailboxProvider),
      scored.map(({ score }) => score),
      scored.map(({ factors }) => JSON.stringify(factors)),
      scored.map(({ facts }) => triedOf(facts.week)),
      day,
    ],
  );
}

/** What had no mail for two weeks has no score any more. */
async function forgetScores(db: Queryable, { tenantIds, day }: FactsOf): Promise<void> {
  await db.query(
    `update reputations set score = null, factors = '[]', tried = 0, day = $2::date, calculated_at = now()
     where tenant_id = any ($1) and day < $2::date and score is not null`,
    [tenantIds, day],
  );
}
