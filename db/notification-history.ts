import type pg from "pg";
import type { Channel } from "../domain/notification-kinds.js";

export interface NotificationAttempt {
  attempt: number;
  beganAt: string;
  /** `accepted`, `gone`, `rejected`, `deferred`, `unknown` (ended by a crash); null: under way. */
  outcome: string | null;
  statusCode: number | null;
  error: string | null;
  durationMs: number | null;
}

export const notificationDeliveryStatuses = ["pending", "sent", "failed", "skipped"] as const;
export type NotificationDeliveryStatus = (typeof notificationDeliveryStatuses)[number];

/** What became of one notification for one person by one channel. */
export interface NotificationDelivery {
  deliveryId: string;
  tenantId: string;
  notificationId: string;
  userId: string;
  channel: Channel;
  deviceId: string | null;
  deviceName: string | null;
  status: NotificationDeliveryStatus;
  reason: string | null;
  /** With others in one message, that has this id. */
  messageId: string | null;
  providerId: string | null;
  possibleDuplicate: boolean;
  createdAt: Date;
  nextAttemptAt: Date | null;
  finishedAt: Date | null;
  attempts: NotificationAttempt[];
}

export interface NotificationHistoryPage {
  tenantId: string;
  user?: string | undefined;
  notificationId?: string | undefined;
  channel?: Channel | undefined;
  status?: NotificationDeliveryStatus | undefined;
  before?: string | undefined;
  limit: number;
}

export interface NotificationHistory {
  /** Newest first. */
  listDeliveries(page: NotificationHistoryPage): Promise<NotificationDelivery[]>;
  /** A notification that goes to one person by one channel, whatever they have chosen. */
  createTest(test: {
    tenantId: string;
    userId: string;
    channel: Channel;
  }): Promise<{ notificationId: string }>;
}

export function createNotificationHistory(pool: pg.Pool): NotificationHistory {
  return {
    listDeliveries: (page) => listDeliveries(pool, page),
    async createTest({ tenantId, userId, channel }) {
      const { rows } = await pool.query<{ notificationId: string }>(
        `insert into notifications (tenant_id, user_id, kind, subject_id, title, text)
         values ($1, $2, 'notification.test', $3, 'A test', 'Notifications by this channel arrive.')
         returning notification_id as "notificationId"`,
        [tenantId, userId, channel],
      );
      return { notificationId: rows[0]?.notificationId ?? "" };
    },
  };
}

async function listDeliveries(pool: pg.Pool, page: NotificationHistoryPage): Promise<NotificationDelivery[]> {
  const { tenantId, user, notificationId, channel, status, before, limit } = page;
  const { rows } = await pool.query<NotificationDelivery>(
    `select d.delivery_id as "deliveryId", d.tenant_id as "tenantId", d.notification_id as "notificationId",
       d.user_id as "userId", d.channel, d.device_id as "deviceId", d.device_name as "deviceName", d.status, d.reason,
       d.message_id as "messageId", d.provider_id as "providerId", d.possible_duplicate as "possibleDuplicate",
       d.created_at as "createdAt", case when d.status = 'pending' then d.next_attempt_at end as "nextAttemptAt",
       d.finished_at as "finishedAt",
       coalesce((select json_agg(json_build_object('attempt', a.attempt, 'beganAt', a.began_at, 'outcome', a.outcome,
           'statusCode', a.status_code, 'error', a.error, 'durationMs', a.duration_ms) order by a.attempt)
         from notification_attempts a where a.delivery_id = d.delivery_id), '[]') as attempts
     from notification_deliveries d
     where d.tenant_id = $1 and ($2::uuid is null or d.user_id = $2)
       and ($3::uuid is null or d.notification_id = $3) and ($4::text is null or d.channel = $4)
       and ($5::text is null or d.status = $5) and ($6::bigint is null or d.delivery_id < $6)
     order by d.delivery_id desc limit $7`,
    [
      ...[tenantId, user ?? null, notificationId ?? null, channel ?? null, status ?? null],
      ...[before ?? null, limit],
    ],
  );
  return rows;
}
