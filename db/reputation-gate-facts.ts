import type { GateFacts } from "../domain/reputation-gates.js";
import type { Queryable } from "./pool.js";
import type { Gated } from "./reputation-gates.js";

export interface MeasuredGate extends Gated, GateFacts {}

/** What gates of these tenants (`*`: of nodes that all may use) go by; without mail for two weeks there is no row. */
export async function loadGateFacts(
  db: Queryable,
  kind: Gated["kind"],
  { tenantIds, nowMs }: { tenantIds: readonly string[]; nowMs: number },
): Promise<MeasuredGate[]> {
  const { rows } = await db.query<MeasuredGate>(factsTexts[kind], [tenantIds, new Date(nowMs)]);
  return rows;
}

export const nothingMeasured: GateFacts = {
  ...{ accepted: 0, bounced: 0, acceptedToday: 0, bouncedToday: 0, returned: 0, complained: 0 },
  ...{ sent: 0, tried: 0, days: 0 },
};

const counted = ["accepted", "bounced", "accepted_today", "bounced_today", "returned", "complained"] as const;

/** Of a day of UTC. @param isJudged of an hour's row: nobody has judged it before */
const dayOf = (isJudged: string) => `
  sum(h.accepted) filter (where ${isJudged} and is_this_week) as accepted,
  sum(h.bounced) filter (where ${isJudged} and is_this_week) as bounced,
  sum(h.accepted) filter (where ${isJudged} and is_today) as accepted_today,
  sum(h.bounced) filter (where ${isJudged} and is_today) as bounced_today,
  sum(h.returned) filter (where ${isJudged} and is_this_week) as returned,
  sum(h.complained) filter (where ${isJudged} and is_this_week) as complained,
  sum(h.accepted + h.bounced) filter (where is_this_week) as sent_this_week,
  sum(h.accepted + h.bounced) filter (where not is_this_week) as sent_before,
  sum(h.accepted + h.deferred + h.bounced + h.rejected) as tried`;

const hours = `
  (select *, hour > $2::timestamptz - interval '7 days' as is_this_week, hour > $2::timestamptz - interval '25 hours' as is_today
   from delivery_hours where hour > $2::timestamptz - interval '14 days' and hour <= $2::timestamptz)`;

/** @param days by owner, kind, subject and day. Domains of which not everything is held against nodes are few. */
const factsOf = (days: string) => `
  with excused as materialized (
    select tenant_id, subject, gate, judged_from from reputations
    where kind = 'domain' and mailbox_provider = '' and (gate = 'stop' or judged_from > $2::timestamptz - interval '14 days')
  )
  select tenant_id as "tenantId", kind, subject,
    ${counted.map((name) => `coalesce(sum(${name}), 0)::float8 as "${camel(name)}"`).join(", ")},
    greatest(sum(sent_this_week), sum(sent_before), 0)::float8 as sent, sum(tried)::float8 as tried,
    (count(*) filter (where tried > 0))::int as days
  from (${days}) s group by tenant_id, kind, subject`;

function camel(name: string): string {
  return name.replace(/_([a-z])/, (_, letter: string) => letter.toUpperCase());
}

const after = (judgedFrom: string) => `(${judgedFrom} is null or h.hour >= ${judgedFrom})`;

const factsTexts = {
  domain: factsOf(`
    select h.tenant_id, 'domain' as kind, h.from_domain as subject, ${dayOf(after("r.judged_from"))}
    from ${hours} h
    left join reputations r on r.tenant_id = h.tenant_id and r.kind = 'domain' and r.subject = h.from_domain
      and r.mailbox_provider = ''
    where h.tenant_id = any ($1) group by h.tenant_id, h.from_domain, date_trunc('day', h.hour)`),
  node: factsOf(`
    select coalesce(n.tenant_id, '*') as tenant_id, 'node' as kind, n.node_id as subject,
      ${dayOf(`d.gate is distinct from 'stop' and ${after("d.judged_from")} and ${after("r.judged_from")}`)}
    from nodes n join ${hours} h on h.node_id = n.node_id
    left join reputations r on r.tenant_id = coalesce(n.tenant_id, '*') and r.kind = 'node' and r.subject = n.node_id
      and r.mailbox_provider = ''
    left join excused d on d.tenant_id = h.tenant_id and d.subject = h.from_domain
    where coalesce(n.tenant_id, '*') = any ($1) group by n.tenant_id, n.node_id, date_trunc('day', h.hour)`),
} as const;
