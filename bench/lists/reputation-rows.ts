import { bigTenant, type Fill } from "./ids.js";

export const reputationRows: readonly Fill[] = [
  {
    // Of four rows one is of all mail of a domain, three are towards a mailbox provider.
    table: "reputations",
    sql: `insert into reputations (tenant_id, kind, subject, mailbox_provider, day, score, factors, tried, calculated_at, gate)
      select pg_temp.owner(g / 4), 'domain', 'domain' || g / 4 || '.example', (array['', 'gmail', 'outlook', 'yahoo'])[g % 4 + 1],
        current_date - 1, g % 101, '[]', g, now(), case when g % 4 = 0 and g % 1000 = 0 then 'stop' else 'none' end
      from generate_series(4, $1) g`,
  },
  {
    table: "reputation_days",
    sql: `insert into reputation_days (tenant_id, kind, subject, day, score, factors, tried, gate)
      select '${bigTenant}', 'domain', 'domain1.example', current_date - g::int, g % 101, '[]', 100, 'none'
      from generate_series(1, least($1, 2000)) g`,
  },
];
