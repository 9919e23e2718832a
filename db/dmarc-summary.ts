import type pg from "pg";
import type { DmarcSource } from "../domain/dmarc-advice.js";
import type { DmarcCounts, DmarcDisposition, DmarcPolicy } from "../domain/dmarc.js";

export interface DmarcTotals extends DmarcCounts {
  dkimAligned: number;
  spfAligned: number;
  /** Messages by what was done with them. */
  dispositions: Record<DmarcDisposition, number>;
}

export type DmarcDay = DmarcTotals & { day: string };

export interface DmarcDomainTotals extends DmarcCounts {
  domain: string;
  reports: number;
  lastReportAt: Date;
}

export interface DmarcSummaryKey {
  tenantId: string;
  domain: string;
  /** The newest this many days. */
  days: number;
}

export interface DmarcSummaryReader {
  /** Domains with reports of these days, by name. */
  domains(of: { tenantId: string; days: number }): Promise<DmarcDomainTotals[]>;
  days(key: DmarcSummaryKey): Promise<DmarcDay[]>;
  /** Those that fail most first, then by messages; and how many there are in all. */
  sources(key: DmarcSummaryKey & { limit: number }): Promise<{ sources: DmarcSource[]; count: number }>;
  /** Of the report that ends last. */
  policy(key: Omit<DmarcSummaryKey, "days">): Promise<DmarcPolicy | null>;
}

const sums = `sum(messages)::float8 as messages,
  coalesce(sum(messages) filter (where not dkim_aligned and not spf_aligned), 0)::float8 as failing,
  coalesce(sum(messages) filter (where dkim_aligned), 0)::float8 as "dkimAligned",
  coalesce(sum(messages) filter (where spf_aligned), 0)::float8 as "spfAligned"`;

const dispositions = ["none", "pass", "quarantine", "reject"]
  .map((one) => `'${one}', coalesce(sum(messages) filter (where disposition = '${one}'), 0)`)
  .join(", ");

const ofDomain = "tenant_id = $1 and domain = $2 and day > (now() at time zone 'UTC')::date - $3::int";

export function createDmarcSummaryReader(pool: pg.Pool): DmarcSummaryReader {
  return {
    async domains({ tenantId, days }) {
      const { rows } = await pool.query<DmarcDomainTotals>(
        `select domain, count(*)::int as reports, sum(messages)::float8 as messages, sum(failing)::float8 as failing,
           max(received_at) as "lastReportAt"
         from dmarc_reports where tenant_id = $1 and ends_at > now() - make_interval(days => $2)
         group by domain order by domain limit 1000`,
        [tenantId, days],
      );
      return rows;
    },
    async days({ tenantId, domain, days }) {
      const { rows } = await pool.query<DmarcDay>(
        `select to_char(day, 'YYYY-MM-DD') as day, ${sums}, jsonb_build_object(${dispositions}) as dispositions
         from dmarc_records where ${ofDomain} group by day order by day`,
        [tenantId, domain, days],
      );
      return rows;
    },
    async sources({ tenantId, domain, days, limit }) {
      const { rows } = await pool.query<DmarcSource & { count: number }>(
        `with by_source as (
           select source_ip, ${sums} from dmarc_records where ${ofDomain} group by source_ip
         ), top as (
           select *, (count(*) over ())::int as count from by_source order by failing desc, messages desc, source_ip limit $4
         )
         select host(t.source_ip) as "sourceIp", t.messages, t.failing, t."dkimAligned", t."spfAligned", t.count,
           (select min(n.node_id) from nodes n
             where (n.tenant_id = $1 or n.tenant_id is null) and (host(t.source_ip) = any (n.sending_ips)
               or n.sending_ips = '{}' and exists (select from node_addresses a
                    where a.node_id = n.node_id and a.address = host(t.source_ip)))) as "nodeId",
           array(select distinct left(p.domain, 253) from (
               select r.dkim, r.spf from dmarc_records r
               where r.${ofDomain.replaceAll(" and ", " and r.")} and r.source_ip = t.source_ip
                 and not r.dkim_aligned and not r.spf_aligned limit 100
             ) as r, jsonb_to_recordset(r.dkim || r.spf) as p (domain text, result text)
             where p.result = 'pass' and p.domain <> '' limit 5) as "passedFor"
         from top t order by t.failing desc, t.messages desc, t.source_ip`,
        [tenantId, domain, days, limit],
      );
      return { sources: rows.map(({ count: _count, ...source }) => source), count: rows[0]?.count ?? 0 };
    },
    async policy({ tenantId, domain }) {
      const { rows } = await pool.query<{ policy: DmarcPolicy }>(
        "select policy from dmarc_reports where tenant_id = $1 and domain = $2 order by ends_at desc, report_id desc limit 1",
        [tenantId, domain],
      );
      return rows[0]?.policy ?? null;
    },
  };
}
