import type pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { aggregateDay } from "../../db/daily-analytics.js";
import { createTestSend, people } from "../db/factories.js";
import { testDatabase } from "../setup/stack.js";

let pool: pg.Pool;

beforeAll(async () => {
  ({ pool } = await testDatabase());
});

test("a day is written anew each time, for each campaign and for the tenant, single emails included", async () => {
  const { sendId, tenantId, campaignId, contactIds } = await createTestSend(pool, people(2));
  const day = "2026-03-02";
  await pool.query(
    `update campaign_sends set status = 'completed', finished_at = '${day}T10:00:00Z' where send_id = $1`,
    [sendId],
  );
  await pool.query(
    "insert into campaign_analytics (send_id, tenant_id, recipients, sent, bounced) values ($1, $2, 2, 1, 1)",
    [sendId, tenantId],
  );
  await pool.query(
    `insert into email_events (tenant_id, send_id, contact_id, kind, occurred_at)
     select $1, $2, $3, kind, at::timestamptz from (values ('open', '${day}T00:00:00Z'), ('open', '${day}T23:59:59Z'),
       ('click', '${day}T12:00:00Z'), ('open', '2026-03-03T00:00:00Z')) e (kind, at)`,
    [tenantId, sendId, contactIds[0]],
  );
  await pool.query(
    `insert into email_engagements (send_id, contact_id, kind, first_at) values ($1, $2, 'open', '${day}T00:00:00Z')`,
    [sendId, contactIds[0]],
  );
  await pool.query("insert into email_analytics (tenant_id, day, kind, count) values ($1, $2, 'sent', 5)", [
    tenantId,
    day,
  ]);
  for (let times = 0; times < 2; times += 1) expect(await aggregateDay(pool, day)).toBe(2);
  const { rows } = await pool.query(
    `select campaign_id, recipients::int, sent::int, bounced::int, opens::int, unique_opens::int, clicks::int
     from campaign_analytics_daily where tenant_id = $1 and day = $2 order by recipients`,
    [tenantId, day],
  );
  expect(rows).toEqual([
    { campaign_id: campaignId, recipients: 2, sent: 1, bounced: 1, opens: 2, unique_opens: 1, clicks: 1 },
    expect.objectContaining({ recipients: 5, sent: 5, opens: 0 }),
  ]);
  const { rows: tenant } = await pool.query(
    "select recipients::int, sent::int from tenant_analytics_daily where tenant_id = $1 and day = $2",
    [tenantId, day],
  );
  expect(tenant).toEqual([{ recipients: 7, sent: 6 }]);
});
