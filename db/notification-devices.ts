import type pg from "pg";
import { NotFound } from "../domain/errors.js";
import { transaction } from "./pool.js";

/** A browser or a phone that somebody is told at. What it is written to by stays inside. */
export interface NotificationDevice {
  deviceId: string;
  userId: string;
  kind: "web" | "fcm" | "apns";
  name: string;
  createdAt: Date;
  lastSentAt: Date | null;
}

export interface NewNotificationDevice extends Pick<
  NotificationDevice,
  "deviceId" | "userId" | "kind" | "name"
> {
  address: string;
  p256dh: string | null;
  auth: string | null;
}

export interface NotificationDeviceStore {
  listDevices(userId: string): Promise<NotificationDevice[]>;
  /** Again it is the same one; of somebody else before, it is theirs no more. */
  registerDevice(device: NewNotificationDevice): Promise<{ device: NotificationDevice; created: boolean }>;
  /** @throws NotFound */
  renameDevice(userId: string, deviceId: string, name: string): Promise<NotificationDevice>;
  /** @throws NotFound */
  removeDevice(userId: string, deviceId: string): Promise<void>;
}

const columns = `device_id as "deviceId", user_id as "userId", kind, name, created_at as "createdAt",
  last_sent_at as "lastSentAt"`;

export function createNotificationDeviceStore(pool: pg.Pool): NotificationDeviceStore {
  const one = (rows: NotificationDevice[], deviceId: string): NotificationDevice => {
    if (!rows[0]) throw new NotFound("device", deviceId);
    return rows[0];
  };
  return {
    async listDevices(userId) {
      const { rows } = await pool.query<NotificationDevice>(
        `select ${columns} from notification_devices where user_id = $1 and removed_at is null order by created_at, device_id`,
        [userId],
      );
      return rows;
    },
    registerDevice: (device) => registerDevice(pool, device),
    async renameDevice(userId, deviceId, name) {
      const { rows } = await pool.query<NotificationDevice>(
        `update notification_devices set name = $3
         where device_id = $2 and user_id = $1 and removed_at is null returning ${columns}`,
        [userId, deviceId, name],
      );
      return one(rows, deviceId);
    },
    async removeDevice(userId, deviceId) {
      const { rows } = await pool.query<NotificationDevice>(
        `update notification_devices set removed_at = now(), removed_reason = 'removed'
         where device_id = $2 and user_id = $1 and removed_at is null returning ${columns}`,
        [userId, deviceId],
      );
      one(rows, deviceId);
    },
  };
}

function registerDevice(
  pool: pg.Pool,
  device: NewNotificationDevice,
): Promise<{ device: NotificationDevice; created: boolean }> {
  const { deviceId, userId, kind, name, address, p256dh, auth } = device;
  return transaction(pool, async (client) => {
    await client.query(
      `update notification_devices set removed_at = now(), removed_reason = 'moved'
       where kind = $1 and address = $2 and user_id <> $3 and removed_at is null`,
      [kind, address, userId],
    );
    const { rows } = await client.query<NotificationDevice & { created: boolean }>(
      `insert into notification_devices (device_id, user_id, kind, name, address, p256dh, auth)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (kind, address) where removed_at is null
         do update set name = excluded.name, p256dh = excluded.p256dh, auth = excluded.auth
       returning ${columns}, device_id = $1 as created`,
      [deviceId, userId, kind, name, address, p256dh, auth],
    );
    const [registered] = rows;
    if (!registered) throw new NotFound("user", userId);
    const { created, ...of } = registered;
    return { device: of, created };
  });
}
