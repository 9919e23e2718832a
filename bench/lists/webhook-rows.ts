import { ids, type Fill } from "./ids.js";

const { webhook, message } = ids;

/** Events, for which endpoint, and each request. */
export const webhookRows: readonly Fill[] = [
  {
    table: "webhook_endpoints",
    sql: `insert into webhook_endpoints (webhook_id, tenant_id, url, secret, max_attempts, retry_base_ms, retry_cap_ms, timeout_ms,
        concurrency, created_at)
      select pg_temp.id(${webhook}, g), 'big', 'https://receiver.example/' || g, 'whsec_', 10, 1000, 60000, 10000, 10,
        pg_temp.at(g, $1 / 100)
      from generate_series(1, greatest(20, $1 / 100)) g`,
  },
  {
    table: "webhook_events",
    sql: `insert into webhook_events (tenant_id, type, data, created_at, relayed_at)
      select pg_temp.owner(g), case when g < 10 then 'import.failed' else 'email.sent' end,
        jsonb_build_object('email', 'reader' || g || '@gmail.example'), pg_temp.at(g, $1), pg_temp.at(g, $1)
      from generate_series(1, $1) g`,
  },
  {
    table: "webhook_deliveries",
    sql: `insert into webhook_deliveries (message_id, event_id, webhook_id, tenant_id, status, priority, attempts, next_attempt_at,
        created_at, finished_at)
      select pg_temp.id(${message}, g), g, pg_temp.id(${webhook}, case when g < 10 then 2 when g % 2 = 0 then 1 else 3 + g % 17 end),
        pg_temp.owner(g), case when g < 10 then 'dead' else 'delivered' end, 3, 1, pg_temp.at(g, $1), pg_temp.at(g, $1),
        pg_temp.at(g, $1)
      from generate_series(1, $1) g`,
  },
  {
    table: "webhook_attempts",
    sql: `insert into webhook_attempts (delivery_id, attempt, started_at, duration_ms, outcome, response_status)
      select g, 1, pg_temp.at(g, $1), 12, 'answered', 200 from generate_series(1, $1) g`,
  },
];
