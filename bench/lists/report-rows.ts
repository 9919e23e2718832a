import { ids, type Fill } from "./ids.js";

/** What came back; a tenth is nobody's. */
export const reportRows: readonly Fill[] = [
  {
    table: "inbound_reports",
    sql: `insert into inbound_reports (digest, tenant_id, send_id, contact_id, kind, result, received_at, source, claimed_address)
      select int8send(g), case when g % 10 > 0 then 'big' end, case when g % 10 > 0 then pg_temp.id(${ids.send}, 1) end,
        case when g % 10 > 0 then g end, case when g < 10 then 'complaint' else 'bounce' end,
        case when g % 10 > 0 then 'recorded' else 'unmatched' end, pg_temp.at(g, $1),
        case when g < 10 then 'imap' else 'smtp' end,
        case when g % 10 = 0 then 'reader' || g || '@gmail.example' end
      from generate_series(1, $1) g`,
  },
];
