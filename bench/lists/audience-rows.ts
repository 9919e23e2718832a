import { ids, smallTenants, type Fill } from "./ids.js";

/** Tenants, and whom they write to. */
export const audienceRows: readonly Fill[] = [
  {
    table: "tenants",
    sql: `insert into tenants (tenant_id, name) select 'big', 'Big'
      union all select 'small-' || n, 'Small ' || n from generate_series(0, ${smallTenants - 1}) n`,
  },
  {
    table: "contacts",
    sql: `insert into contacts (tenant_id, email, domain, first_name, last_name, time_zone, attributes, created_at, updated_at)
      select pg_temp.owner(g), 'reader' || g || '@' || d.domain, d.domain, 'Reader', 'No ' || g,
        case when g % 3 = 0 then 'Europe/Oslo' end,
        jsonb_build_object('city', 'Oslo', 'plan', case g % 4 when 0 then 'free' else 'team' end, 'score', g % 1000)
          -- The last ones by id: a page of them is found last.
          || case when g > $1 - 10 then '{"vip": true}' else '{}' end::jsonb,
        pg_temp.at(g, $1), pg_temp.at(g, $1)
      from generate_series(1, $1) g
      cross join lateral (select case when g % 5 < 3 then 'gmail.example' else 'domain' || g % 997 || '.example' end as domain) d`,
  },
  {
    table: "lists",
    sql: `insert into lists (list_id, tenant_id, name, contact_count)
      select pg_temp.id(${ids.list}, g), case when g <= 2 then 'big' else pg_temp.owner(g) end, 'list-' || g,
        case g when 1 then $1 / 2 when 2 then 10 else 0 end
      from generate_series(1, $1 / 100) g`,
  },
  {
    table: "list_contacts",
    sql: `insert into list_contacts (list_id, contact_id)
      select pg_temp.id(${ids.list}, 1), contact_id from contacts where tenant_id = 'big' and contact_id % 2 = 1
      union all
      select pg_temp.id(${ids.list}, 2), contact_id from contacts where tenant_id = 'big' and contact_id > $1 - 10`,
  },
  {
    table: "segments",
    sql: `insert into segments (segment_id, tenant_id, name, filter)
      select pg_temp.id(${ids.segment}, g), case when g <= 4 then 'big' else pg_temp.owner(g) end,
        case g when 1 then 'common' when 2 then 'rare' when 3 then 'nobody' when 4 then 'of-list' else 'segment-' || g end,
        case g when 2 then '{"field": "attributes.vip", "op": "exists"}'
          when 3 then '{"field": "attributes.plan", "op": "eq", "value": "gone"}'
          when 4 then jsonb_build_object('list', pg_temp.id(${ids.list}, 1))
          else '{"field": "attributes.plan", "op": "eq", "value": "team"}' end::jsonb
      from generate_series(1, $1 / 100) g`,
  },
  {
    table: "suppressions",
    sql: `insert into suppressions (tenant_id, kind, value, reason, created_at)
      select case when g % 100 = 0 then '*' else pg_temp.owner(g) end, 'address', 'gone' || g || '@reader.example',
        case when g % 3 = 0 then 'bounced' else 'unsubscribed' end,
        -- Those of one page of a file have one time.
        date_trunc('milliseconds', pg_temp.at(g - g % 1000, $1))
      from generate_series(1, $1) g`,
  },
];
