import { allowanceAt, type WarmupPlan } from "../domain/warmup-curve.js";
import type { DayFacts } from "../domain/warmup-next.js";
import { allowanceKey, type WarmupSubject } from "../domain/warmup-status.js";
import type { Queryable } from "./pool.js";

interface Measured extends WarmupSubject {
  plan: WarmupPlan;
}

/** By the key of its allowance, its days in order, both included; days without mail have no row. */
export async function loadDayFacts(
  db: Queryable,
  subjects: readonly Measured[],
  { from, until }: { from: string; until: string },
): Promise<Map<string, DayFacts[]>> {
  const bySubject = new Map<string, DayFacts[]>();
  if (subjects.length === 0) return bySubject;
  const names = subjects.flatMap((subject) =>
    drawnNames(subject).map((name) => ({ name, kind: subject.kind, key: subject.key })),
  );
  const text = (await countsDeliveries(db)) ? deliveredText : drawnText;
  const { rows } = await db.query<DayFacts & WarmupSubject>(text, [
    names.map(({ kind }) => kind),
    names.map(({ key }) => key),
    names.map(({ name }) => name),
    from,
    until,
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

/** Where deliveries are not counted by day, only how much was used is known. */
async function countsDeliveries(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ counts: boolean }>(
    "select to_regclass('delivery_days') is not null as counts",
  );
  return rows[0]?.counts ?? false;
}

const named = "named as (select * from unnest($1::text[], $2::text[], $3::text[]) as s (kind, key, name))";

/** A little more than what was sent: of the last draw some may be left. */
const drawn = `
    select n.kind, n.key, a.day, a.drawn as used, 0 as accepted, 0 as deferred, 0 as bounced, 0 as complained, 0 as opened,
      0 as clicked
    from named n join allowance_days a on a.name = n.name where a.day between $4::date and $5::date`;

const perDay = `
  select kind, key, day, sum(used)::int as used, sum(accepted)::int as accepted, sum(deferred)::int as deferred,
    sum(bounced)::int as bounced, sum(complained)::int as complained, sum(opened)::int as opened, sum(clicked)::int as clicked
  from days group by kind, key, day order by day`;

const drawnText = `with ${named}, days as (${drawn}) ${perDay}`;

/** Each kind by a join of its own, so that each has its index. Deliveries are not counted by mailbox. */
const deliveredText = `
  with ${named}, subjects as (select distinct kind, key from named), days as (
    select s.kind, s.key, d.day, d.accepted + d.deferred + d.bounced as used, d.accepted, d.deferred, d.bounced,
      d.complained, d.opened, d.clicked
    from subjects s join delivery_days d on d.node_id = s.key
    where s.kind = 'node' and d.day between $4::date and $5::date
    union all
    select s.kind, s.key, d.day, d.accepted + d.deferred + d.bounced, d.accepted, d.deferred, d.bounced, d.complained,
      d.opened, d.clicked
    from subjects s join delivery_days d on d.from_domain = s.key
    where s.kind = 'domain' and d.day between $4::date and $5::date
    union all
    ${drawn} and n.kind = 'mailbox'
  )
  ${perDay}`;
