import { allowanceAt, type WarmupPlan } from "../domain/warmup-curve.js";
import type { DayFacts } from "../domain/warmup-next.js";
import { allowanceKey, type WarmupSubject } from "../domain/warmup-allowance.js";
import type { Queryable } from "./pool.js";

interface Measured extends WarmupSubject {
  plan: WarmupPlan;
}

/** By the key of its allowance, its days in order, both included; days without mail have no row. */
export async function loadDayFacts(
  db: Queryable,
  subjects: readonly Measured[],
  { from, until, timeZone }: { from: string; until: string; timeZone: string },
): Promise<Map<string, DayFacts[]>> {
  const bySubject = new Map<string, DayFacts[]>();
  if (subjects.length === 0) return bySubject;
  const names = subjects.flatMap((subject) =>
    drawnNames(subject).map((name) => ({ name, kind: subject.kind, key: subject.key })),
  );
  const { rows } = await db.query<DayFacts & WarmupSubject>(factsText, [
    names.map(({ kind }) => kind),
    names.map(({ key }) => key),
    names.map(({ name }) => name),
    from,
    until,
    timeZone,
  ]);
  for (const { kind, key, ...facts } of rows) {
    const of = allowanceKey({ kind, key });
    const days = bySubject.get(of);
    if (days) days.push(facts);
    else bySubject.set(of, [facts]);
  }
  return bySubject;
}

/** What its use is read from: the allowance of all its mail, else of each mailbox provider. */
function drawnNames({ plan, ...subject }: Measured): string[] {
  const { total, mailboxProviders } = allowanceAt(plan, 0);
  const keys = total
    ? [allowanceKey(subject)]
    : Object.keys(mailboxProviders).map((provider) => allowanceKey(subject, provider));
  return keys.map((key) => `warmup:${key}`);
}

const named = "named as (select * from unnest($1::text[], $2::text[], $3::text[]) as s (kind, key, name))";

/** A little more than what was sent: of the last draw some may be left. */
const drawn = `
    select n.kind, n.key, a.day, a.drawn as used, 0 as accepted, 0 as deferred, 0 as bounced, 0 as complained, 0 as opened,
      0 as clicked, 0 as found, 0 as junk
    from named n join allowance_days a on a.name = n.name where a.day between $4::date and $5::date`;

/** Of mail from that address; what is used is told by what was drawn. */
const answered = `
    select s.kind, s.key, (h.hour at time zone $6)::date, 0, h.accepted, h.deferred, h.bounced + h.returned, h.complained, 0, 0, 0, 0
    from subjects s
    join warmups w on w.kind = s.kind and w.key = s.key and w.ended_at is null
    join warmup_mailbox_hours h on h.tenant_id = w.tenant_id and h.address = w.key
      and h.hour >= $4::date - 1 and h.hour < $5::date + 2
    where s.kind = 'mailbox' and (h.hour at time zone $6)::date between $4::date and $5::date`;

/** Where letters of the pool lay, by the day on which they were sent. */
const placed = `
    select s.kind, s.key, p.day, 0, 0, 0, 0, 0, 0, 0, 1, (p.placement = 'junk')::int
    from subjects s
    join warmups w on w.kind = s.kind and w.key = s.key and w.ended_at is null
    join warmup_mailboxes m on m.tenant_id = w.tenant_id and m.address = w.key
    join warmup_messages p on p.from_mailbox = m.mailbox_id and p.day between $4::date and $5::date
    where s.kind = 'mailbox' and p.placement in ('inbox', 'junk')`;

const perDay = `
  select kind, key, day, sum(used)::int as used, sum(accepted)::int as accepted, sum(deferred)::int as deferred,
    sum(bounced)::int as bounced, sum(complained)::int as complained, sum(opened)::int as opened, sum(clicked)::int as clicked,
    sum(found)::int as found, sum(junk)::int as junk
  from days group by kind, key, day order by day`;

/**
 * Each kind by a join of its own, so that each has its index; a day more at both ends, because hours are told in UTC. What was
 * refused for another reason was tried, too; what came back later was a bounce.
 */
const factsText = `
  with ${named}, subjects as (select distinct kind, key from named), hours as (
    select s.kind, s.key, h.* from subjects s join delivery_hours h on h.node_id = s.key
    where s.kind = 'node' and h.hour >= $4::date - 1 and h.hour < $5::date + 2
    union all
    select s.kind, s.key, h.* from subjects s join delivery_hours h on h.from_domain = s.key
    where s.kind = 'domain' and h.hour >= $4::date - 1 and h.hour < $5::date + 2
  ), days as (
    select kind, key, (hour at time zone $6)::date as day, accepted + deferred + bounced + rejected as used, accepted, deferred,
      bounced + returned as bounced, complained, opened, clicked, 0 as found, 0 as junk
    from hours where (hour at time zone $6)::date between $4::date and $5::date
    union all
    ${drawn} and n.kind = 'mailbox'
    union all
    ${answered}
    union all
    ${placed}
  )
  ${perDay}`;
