import type { Fill } from "./ids.js";

export const dmarcRows: readonly Fill[] = [
  {
    table: "dmarc_reports",
    sql: `insert into dmarc_reports (tenant_id, domain, org_name, reporter_id, begins_at, ends_at, policy, records, messages, failing, source)
      select pg_temp.owner(g), 'domain' || g % 200 || '.example', 'receiver', g::text, pg_temp.at(g, $1),
        pg_temp.at(g, $1) + interval '1 day', '{"p": "none"}', 1, 100, g % 100, 'mail'
      from generate_series(1, $1) g`,
  },
  {
    // The first report is a large one.
    table: "dmarc_records",
    sql: `insert into dmarc_records (report_id, tenant_id, domain, day, source_ip, messages, disposition, dkim_aligned, spf_aligned,
        header_from, dkim, spf, reasons)
      select r.report_id, r.tenant_id, r.domain, r.begins_at::date, '192.0.2.1'::inet, 1, 'none', g % 2 = 0, g % 3 = 0,
        r.domain, '[]', '[]', '{}'
      from generate_series(1, $1) g
      join dmarc_reports r on r.report_id = case when g % 2 = 0 then 1 else g end`,
  },
];
