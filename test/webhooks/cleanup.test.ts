import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { createCleanupStore } from "../../db/retention.js";
import { defaultRetention } from "../../domain/retention.js";
import { testDatabase } from "../setup/stack.js";

const { pool } = await testDatabase();

/** One event for one endpoint, so many days old. */
async function addDelivery(webhookId: string, { days, status }: { days: number; status: string }) {
  await pool.query(
    `with e as (
       insert into webhook_events (tenant_id, type, data, created_at, relayed_at)
       values ('acme', 'order.paid', '{}', now() - $2 * interval '1 day', now()) returning event_id
     ), d as (
       insert into webhook_deliveries (event_id, webhook_id, tenant_id, status, priority, next_attempt_at)
       select event_id, $1, 'acme', $3, 3, now() from e returning delivery_id
     ), a as (
       insert into webhook_attempts (delivery_id, attempt) select delivery_id, 1 from d
     )
     insert into dead_letters (tenant_id, kind, delivery_id, reason, attempts)
     select 'acme', 'webhook', delivery_id, 'answered 500', 1 from d where $3 = 'dead'`,
    [webhookId, days, status],
  );
}

it("Cleanup removes old events with all that hangs on them, and keeps what waits for its endpoint or a person", async () => {
  const webhookId = randomUUID();
  await pool.query("insert into tenants (tenant_id, name) values ('acme', 'Acme')");
  await pool.query(
    `insert into webhook_endpoints (webhook_id, tenant_id, url, secret, max_attempts, retry_base_ms, retry_cap_ms,
       timeout_ms, concurrency)
     values ($1, 'acme', 'https://example.com/', 'whsec_', 1, 1, 1, 1000, 1)`,
    [webhookId],
  );
  for (const status of ["delivered", "pending", "dead"]) {
    await addDelivery(webhookId, { days: 31, status });
    await addDelivery(webhookId, { days: 29, status });
  }
  const cleanup = createCleanupStore(pool, defaultRetention);
  expect(await cleanup.countOld("webhook_events")).toBe(1);
  expect(await cleanup.deleteOld("webhook_events")).toBe(1);
  const { rows } = await pool.query<{ deliveries: number; attempts: number }>(
    `select (select count(*)::int from webhook_deliveries) as deliveries,
       (select count(*)::int from webhook_attempts) as attempts`,
  );
  expect(rows).toEqual([{ deliveries: 5, attempts: 5 }]);
});
