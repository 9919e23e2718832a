import type pg from "pg";
import { transaction } from "./pool.js";

export interface NotificationRelay {
  /** Makes deliveries of notifications, oldest first. @returns how many notifications, and whom they are for */
  relay(nowMs: number): Promise<{ notifications: number; userIds: string[] }>;
  /** Of these, or of all who have something due, those whom nobody serves; they count as served for some seconds. */
  wake(userIds: string[] | null, nowMs: number): Promise<string[]>;
}

export function createNotificationRelay(pool: pg.Pool): NotificationRelay {
  return {
    relay: (nowMs) => relay(pool, nowMs),
    wake: (userIds, nowMs) => wake(pool, userIds, nowMs),
  };
}

/** Arbitrary, and one for every process. */
const relayLock = 7_203_845;
const notificationsAtOnce = 500;
/** What is not critical waits so long for others that come with it. */
const gathered = "interval '2 seconds'";

/** To whom is decided now; whether and when, by whoever sends it. */
async function relay(pool: pg.Pool, nowMs: number): Promise<{ notifications: number; userIds: string[] }> {
  return transaction(pool, async (client) => {
    const { rows: locks } = await client.query<{ taken: boolean }>(
      "select pg_try_advisory_xact_lock($1) as taken",
      [relayLock],
    );
    if (!locks[0]?.taken) return { notifications: 0, userIds: [] };
    const { rows } = await client.query<{ notifications: number; userIds: string[] }>({
      name: "relay-notifications",
      text: `
        with taken as (
          delete from notification_outbox where notification_id = any (array(
            select notification_id from notification_outbox order by created_at limit $1))
          returning notification_id
        ), n as (
          select n.notification_id, n.tenant_id, n.user_id, n.kind, n.severity, n.subject_id, n.created_at
          from taken join notifications n on n.notification_id = taken.notification_id
        ), told as (
          select n.*, m.user_id as person from n join memberships m on n.user_id is null and m.tenant_id = n.tenant_id
          union all
          select n.*, u.user_id from n join users u on n.user_id is null and n.tenant_id = '*' and u.admin
          union all
          select n.*, u.user_id from n join users u on u.user_id::text = n.user_id
          where n.tenant_id = '*' or u.admin or exists (
            select from memberships m where m.tenant_id = n.tenant_id and m.user_id = u.user_id)
        ), ways as (
          select t.*, 'email' as channel, null::uuid as device_id, null as device_name from told t
          union all
          select t.*, case d.kind when 'web' then 'web_push' else 'mobile_push' end, d.device_id, d.name
          from told t join notification_devices d on d.user_id = t.person and d.removed_at is null
        ), made as (
          insert into notification_deliveries
            (tenant_id, notification_id, user_id, channel, device_id, device_name, next_attempt_at)
          select w.tenant_id, w.notification_id, w.person, w.channel, w.device_id, w.device_name,
            to_timestamp($2 / 1000.0)
              + case when w.severity = 'critical' or w.kind = 'notification.test' then interval '0' else ${gathered} end
          from ways w join users u on u.user_id = w.person and u.disabled_at is null
          -- A test is of one channel.
          where w.kind <> 'notification.test' or w.channel = w.subject_id
          order by w.created_at, w.notification_id
          on conflict do nothing
          returning user_id
        )
        select (select count(*)::int from n) as notifications,
          array(select distinct user_id::text from made) as "userIds"`,
      values: [notificationsAtOnce, nowMs],
    });
    return rows[0] ?? { notifications: 0, userIds: [] };
  });
}

/** Longer than a workflow and its activity need to begin. */
const beginsWithin = "interval '5 seconds'";

async function wake(pool: pg.Pool, userIds: string[] | null, nowMs: number): Promise<string[]> {
  const { rows } = await pool.query<{ userId: string }>({
    name: "wake-notification-couriers",
    text: `
      insert into notification_couriers as c (user_id, served_until)
      select distinct d.user_id, to_timestamp($2 / 1000.0) + ${beginsWithin} from notification_deliveries d
      where d.status = 'pending' and ($1::uuid[] is null or d.user_id = any ($1))
        -- Who has got something new knows best when that is due.
        and ($1::uuid[] is not null or d.next_attempt_at <= to_timestamp($2 / 1000.0))
      on conflict (user_id) do update set served_until = excluded.served_until
        where coalesce(c.served_until, '-infinity') <= to_timestamp($2 / 1000.0)
      returning user_id as "userId"`,
    values: [userIds, nowMs],
  });
  return rows.map(({ userId }) => userId);
}
