import { isBouncedRepeatedly, type AcceptedMessage, type SoftBouncePolicy } from "../domain/soft-bounces.js";
import type { Queryable } from "./pool.js";

export interface TenantAddress {
  tenantId: string;
  email: string;
}

/**
 * Decides, in the transaction that has recorded an address's latest soft bounce. Two who record one each at the same time
 * decide one after the other, so that the second sees both.
 */
export async function bouncesRepeatedly(
  client: Queryable,
  address: TenantAddress,
  { policy, now }: { policy: SoftBouncePolicy; now: Date },
): Promise<boolean> {
  if (policy.limit === 0) return false;
  const { tenantId, email } = address;
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
    `soft-bounces ${tenantId} ${email}`,
  ]);
  const since = new Date(now.getTime() - policy.days * 86_400_000);
  // Most addresses are far from the limit: what they got meanwhile is not read.
  if ((await countSoft(client, address, since)) < policy.limit) return false;
  return isBouncedRepeatedly(policy, await loadAccepted(client, address, since), now);
}

async function countSoft(
  client: Queryable,
  { tenantId, email }: TenantAddress,
  since: Date,
): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from email_returns
     where tenant_id = $1 and email = $2 and returned_at > $3 and bounce_class = 'soft'`,
    [tenantId, email, since],
  );
  return rows[0]?.count ?? 0;
}

/** One look-up a send that was under way since: the ledger has no index by contact. */
async function loadAccepted(
  client: Queryable,
  { tenantId, email }: TenantAddress,
  since: Date,
): Promise<AcceptedMessage[]> {
  const { rows } = await client.query<AcceptedMessage>(
    `with accepted as (
       select s.send_id, r.contact_id, r.settled_at
       from contacts c
       join campaign_sends s on s.tenant_id = c.tenant_id and (s.finished_at is null or s.finished_at > $3)
       join email_sends r on r.send_month = s.send_month and r.send_id = s.send_id and r.tenant_id = s.tenant_id
         and r.contact_id = c.contact_id
       where c.tenant_id = $1 and c.email = $2 and r.email = $2 and r.status = 'sent'
       union all
       select email_id, position, settled_at from email_recipients
       where tenant_id = $1 and email = $2 and status = 'sent'
     )
     select a.settled_at as "acceptedAt", t.returned_at as "returnedAt", t.bounce_class as "returnedAs",
       (select max(g.first_at) from email_engagements g
        where g.send_id = a.send_id and g.contact_id = a.contact_id and g.kind in ('open', 'click', 'reply')) as "engagedAt"
     from accepted a
     left join email_returns t on t.send_id = a.send_id and t.contact_id = a.contact_id and t.tenant_id = $1
     where a.settled_at > $3`,
    [tenantId, email, since],
  );
  return rows;
}
