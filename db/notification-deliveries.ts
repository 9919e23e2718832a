import type pg from "pg";
import type {
  DueDelivery,
  NotificationDeliveryStore,
  NotifiedUser,
  NotifyOutlook,
  NotifyRecord,
} from "../activities/notification-ports.js";

/** @param timeZone of people who have not said theirs */
export function createNotificationDeliveryStore(pool: pg.Pool, timeZone: string): NotificationDeliveryStore {
  return {
    keepServing: (userId, nowMs) => keepServing(pool, userId, { nowMs, timeZone }),
    listDue: (userId, page) => listDue(pool, userId, page),
    postpone: async (deliveryIds, { untilMs, reason }) => {
      await pool.query(
        `update notification_deliveries set next_attempt_at = to_timestamp($2 / 1000.0), reason = $3
         where delivery_id = any ($1::bigint[]) and status = 'pending'`,
        [deliveryIds, untilMs, reason],
      );
    },
    skip: async (deliveryIds, reason) => {
      await pool.query(
        `update notification_deliveries set status = 'skipped', reason = $2, finished_at = now()
         where delivery_id = any ($1::bigint[]) and status = 'pending'`,
        [deliveryIds, reason],
      );
    },
    begin: (attempt) => begin(pool, attempt),
    record: (record, nowMs) => recordAttempt(pool, record, nowMs),
    abandon: async (userId) => {
      await pool.query(
        `update notification_deliveries set status = 'skipped', reason = 'user_disabled', finished_at = now()
         where user_id = $1 and status = 'pending'`,
        [userId],
      );
    },
    endServing: (userId, nowMs) => endServing(pool, userId, nowMs),
  };
}

/** After a crash, the time until somebody else serves them. */
const servedFor = "interval '40 seconds'";

async function keepServing(
  pool: pg.Pool,
  userId: string,
  { nowMs, timeZone }: { nowMs: number; timeZone: string },
): Promise<NotifiedUser | null> {
  const { rows } = await pool.query<NotifiedUser>({
    name: "keep-serving-notifications",
    text: `
      with serving as (
        insert into notification_couriers (user_id, served_until) values ($1, to_timestamp($2 / 1000.0) + ${servedFor})
        on conflict (user_id) do update set served_until = excluded.served_until
      )
      select u.user_id as "userId", u.email,
        json_build_object('timeZone', coalesce(s.time_zone, $3), 'digest', coalesce(s.digest, 'off'),
          'digestAt', coalesce(s.digest_at, 480),
          'quiet', case when s.quiet_from is not null then json_build_object('from', s.quiet_from, 'to', s.quiet_to) end,
          'choices', coalesce((select json_agg(json_build_object('kind', p.kind, 'channel', p.channel, 'enabled', p.enabled))
            from notification_preferences p where p.user_id = u.user_id), '[]')) as wishes,
        coalesce((select json_agg(json_build_object('deviceId', d.device_id, 'kind', d.kind, 'address', d.address,
            'p256dh', d.p256dh, 'auth', d.auth))
          from notification_devices d where d.user_id = u.user_id and d.removed_at is null), '[]') as devices
      from users u left join notification_settings s on s.user_id = u.user_id
      where u.user_id = $1 and u.disabled_at is null`,
    values: [userId, nowMs, timeZone],
  });
  return rows[0] ?? null;
}

async function listDue(
  pool: pg.Pool,
  userId: string,
  { nowMs, limit }: { nowMs: number; limit: number },
): Promise<DueDelivery[]> {
  const { rows } = await pool.query<DueDelivery>({
    name: "list-due-notifications",
    text: `
      select d.delivery_id as "deliveryId", d.channel, d.device_id as "deviceId", d.message_id as "messageId", d.attempts,
        n.notification_id as "notificationId", n.tenant_id as "tenantId", n.kind, n.severity, n.title, n.text,
        n.created_at as "createdAt"
      from notification_deliveries d join notifications n on n.notification_id = d.notification_id
      where d.user_id = $1 and d.status = 'pending' and d.next_attempt_at <= to_timestamp($2 / 1000.0)
      order by d.delivery_id limit $3`,
    values: [userId, nowMs, limit],
  });
  return rows;
}

async function begin(
  pool: pg.Pool,
  { deliveryIds, messageId, nowMs, leaseMs }: Parameters<NotificationDeliveryStore["begin"]>[0],
): Promise<{ deliveryIds: string[]; attempt: number }> {
  const { rows } = await pool.query<{ deliveryId: string; attempt: number }>({
    name: "begin-notification-attempt",
    text: `
      with lost as (
        update notification_attempts set outcome = 'unknown'
        where delivery_id = any ($1::bigint[]) and outcome is null
        returning delivery_id
      ), begun as (
        update notification_deliveries d set attempts = d.attempts + 1, message_id = coalesce(d.message_id, $2),
          next_attempt_at = to_timestamp($3 / 1000.0) + $4 * interval '1 millisecond', reason = null,
          possible_duplicate = d.possible_duplicate or d.delivery_id in (select delivery_id from lost)
        where d.delivery_id = any ($1::bigint[]) and d.status = 'pending'
          and d.next_attempt_at <= to_timestamp($3 / 1000.0)
        returning d.delivery_id, d.attempts
      ), written as (
        insert into notification_attempts (delivery_id, attempt) select delivery_id, attempts from begun
      )
      select delivery_id as "deliveryId", attempts as attempt from begun order by delivery_id`,
    values: [deliveryIds, messageId, nowMs, leaseMs],
  });
  const attempt = Math.max(1, ...rows.map((row) => row.attempt));
  return { deliveryIds: rows.map(({ deliveryId }) => deliveryId), attempt };
}

async function recordAttempt(pool: pg.Pool, record: NotifyRecord, nowMs: number): Promise<void> {
  const { deliveryIds, outcome, durationMs, status, reason, afterMs, deviceId } = record;
  const accepted = outcome.kind === "accepted";
  await pool.query({
    name: "record-notification-attempt",
    text: `
      with attempted as (
        update notification_attempts a set outcome = $2, status_code = $3, error = $4, duration_ms = $5
        from notification_deliveries d
        where d.delivery_id = any ($1::bigint[]) and a.delivery_id = d.delivery_id and a.attempt = d.attempts
      ), device as (
        update notification_devices set last_sent_at = case when $2 = 'accepted' then now() else last_sent_at end,
          removed_at = case when $2 = 'gone' then now() end, removed_reason = case when $2 = 'gone' then 'gone' end
        where device_id = $9 and removed_at is null and $2 in ('accepted', 'gone')
      )
      update notification_deliveries set status = $6, reason = $7, provider_id = coalesce($10, provider_id),
        next_attempt_at = to_timestamp($11 / 1000.0) + $8 * interval '1 millisecond',
        finished_at = case when $6 <> 'pending' then now() end
      where delivery_id = any ($1::bigint[]) and status = 'pending'`,
    values: [
      ...[deliveryIds, outcome.kind, accepted ? null : outcome.status, accepted ? null : outcome.detail],
      ...[durationMs, status, reason, afterMs, deviceId, accepted ? outcome.providerId : null, nowMs],
    ],
  });
}

/** Two statements: what was written before the first was seen to end is found by the second. */
async function endServing(pool: pg.Pool, userId: string, nowMs: number): Promise<NotifyOutlook> {
  await pool.query("update notification_couriers set served_until = null where user_id = $1", [userId]);
  const { rows } = await pool.query<NotifyOutlook>(
    `select (extract(epoch from min(next_attempt_at)) * 1000 - $2)::float8 as "waitMs"
     from notification_deliveries where user_id = $1 and status = 'pending'`,
    [userId, nowMs],
  );
  const waitMs = rows[0]?.waitMs ?? null;
  return { waitMs: waitMs === null ? null : Math.max(0, waitMs) };
}
