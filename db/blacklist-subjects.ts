import type pg from "pg";
import type { BlacklistStore, WatchedSubject } from "../activities/blacklist-ports.js";

/** Hosts of our own nodes that say nothing of their addresses; an ESP's relay is not where its mail comes from. */
export const listHosts =
  (pool: pg.Pool): BlacklistStore["listHosts"] =>
  async () => {
    const { rows } = await pool.query<{ nodeId: string; tenantId: string; host: string }>(
      `select node_id as "nodeId", coalesce(tenant_id, '*') as "tenantId", host from nodes
       where provider = 'internal' and sending_ips = '{}' order by node_id`,
    );
    return rows;
  };

export const recordHostAddresses =
  (pool: pg.Pool): BlacklistStore["recordHostAddresses"] =>
  async (found) => {
    const pairs = found.flatMap(({ nodeId, addresses }) => addresses.map((address) => ({ nodeId, address })));
    await pool.query(
      `with found as (select * from unnest($2::text[], $3::text[]) as f (node_id, address)),
       gone as (
         delete from node_addresses a where a.node_id = any ($1)
           and not exists (select from found f where f.node_id = a.node_id and f.address = a.address)
       )
       insert into node_addresses (node_id, address)
       select f.node_id, f.address from found f join nodes n on n.node_id = f.node_id
       on conflict do nothing`,
      [found.map(({ nodeId }) => nodeId), pairs.map((p) => p.nodeId), pairs.map((p) => p.address)],
    );
  };

/** Every address and domain that mail leaves from, with whoever it belongs to. */
export const watchedSubjects = `
  select coalesce(n.tenant_id, '*') as tenant_id, a.address as subject,
    case when a.address like '%:%' then 'ipv6' else 'ipv4' end as kind, n.node_id
  from nodes n
  join lateral (
    select unnest(n.sending_ips) as address
    union select h.address from node_addresses h where h.node_id = n.node_id and n.sending_ips = '{}'
  ) a on true
  union all
  select coalesce(n.tenant_id, '*'), lower(n.return_path_domain), 'domain', n.node_id
  from nodes n where n.return_path_domain is not null
  union all
  select k.tenant_id, k.domain, 'domain', null from dkim_keys k`;

/** Pages are of subjects, each with all whose it is. */
export const findSubjects =
  (pool: pg.Pool): BlacklistStore["findSubjects"] =>
  async ({ tenantId, subject, after, limit }) => {
    const { rows } = await pool.query<WatchedSubject>(
      `with watched as (${watchedSubjects}),
       page as (
         select distinct subject from watched
         where ($1::text is null or tenant_id = $1) and ($2::text is null or subject = $2)
           and ($3::text is null or subject > $3)
         order by subject limit $4
       )
       select distinct w.tenant_id as "tenantId", w.subject, w.kind
       from watched w join page p on p.subject = w.subject
       where $1::text is null or w.tenant_id = $1
       order by w.subject, "tenantId"`,
      [tenantId ?? null, subject ?? null, after, limit],
    );
    return rows;
  };

export const forgetOthers =
  (pool: pg.Pool): BlacklistStore["forgetOthers"] =>
  async (zones) => {
    await pool.query(
      `with watched as (${watchedSubjects})
       delete from blacklist_standings s
       where s.zone <> all ($1)
         or not exists (select from watched w where w.tenant_id = s.tenant_id and w.subject = s.subject)`,
      [zones],
    );
    await pool.query("delete from blacklist_lists where zone <> all ($1)", [zones]);
  };
