import { isSameOrBelow, type DmarcReport } from "../domain/dmarc.js";
import { recordDmarcReport } from "./dmarc-reports.js";
import type { Queryable } from "./pool.js";

/** A report that came by mail, which anybody can send: it says itself whom it is about. Null: no tenant. */
export async function recordMailedDmarcReport(
  client: Queryable,
  report: DmarcReport,
): Promise<"recorded" | "repeated" | null> {
  const owners = await findOwners(client, report.domain);
  let result: "recorded" | "repeated" | null = null;
  for (const tenantId of owners) {
    const { created } = await recordDmarcReport(client, { tenantId, report, source: "mail" });
    if (created || result === null) result = created ? "recorded" : "repeated";
  }
  return result;
}

interface Candidate {
  tenantId: string;
  domain: string;
  /** The key was found in DNS when the domain was last looked at: the tenant can write there. */
  isProven: boolean;
}

/** The one tenant with a key of the domain, above or below it; of several, those who have shown that it is theirs. */
async function findOwners(client: Queryable, domain: string): Promise<string[]> {
  const { rows } = await client.query<Candidate>(
    `select k.tenant_id as "tenantId", k.domain, coalesce((
         select exists (select from jsonb_to_recordset(c.findings) as f ("check" text, status text)
           where f."check" = 'dkim' and f.status in ('pass', 'warning'))
         from domain_checks c where c.tenant_id = k.tenant_id and c.domain = k.domain
         order by c.check_id desc limit 1), false) as "isProven"
     from (select distinct tenant_id, domain from dkim_keys) as k
     where k.domain = $1 or right(k.domain, length($1) + 1) = '.' || $1
       or right($1, length(k.domain) + 1) = '.' || k.domain
     order by k.tenant_id, k.domain`,
    [domain],
  );
  const tenants = [...new Set(rows.map(({ tenantId }) => tenantId))];
  if (tenants.length <= 1) return tenants;
  const proven = rows.filter((one) => one.isProven && isSameOrBelow(domain, one.domain));
  return [...new Set(proven.map(({ tenantId }) => tenantId))];
}
