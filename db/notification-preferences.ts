import type pg from "pg";
import type { Channel } from "../domain/notification-kinds.js";
import type { Digest } from "../domain/notification-wishes.js";
import { transaction, type Queryable } from "./pool.js";

export interface NotificationSettings {
  /** IANA name; null: that of the configuration. */
  timeZone: string | null;
  /** Minutes since midnight. */
  quietHours: { from: number; to: number } | null;
  digest: Digest;
  /** Of a daily one, minutes since midnight. */
  digestAt: number;
}

export interface NotificationChoice {
  kind: string;
  channel: Channel;
  enabled: boolean;
}

export interface NotificationPreferenceStore {
  loadSettings(userId: string): Promise<NotificationSettings>;
  /** What waits is decided anew. */
  saveSettings(userId: string, settings: NotificationSettings): Promise<void>;
  /** What differs from the defaults. */
  listChoices(userId: string): Promise<NotificationChoice[]>;
  /** What is as by default is not kept, so that it follows when defaults change. */
  saveChoices(
    userId: string,
    choices: { kept: NotificationChoice[]; dropped: NotificationChoice[] },
  ): Promise<void>;
}

export function createNotificationPreferenceStore(pool: pg.Pool): NotificationPreferenceStore {
  return {
    loadSettings: (userId) => loadSettings(pool, userId),
    saveSettings: (userId, settings) =>
      transaction(pool, async (client) => {
        const { timeZone, quietHours, digest, digestAt } = settings;
        await client.query(
          `insert into notification_settings (user_id, time_zone, quiet_from, quiet_to, digest, digest_at)
           values ($1, $2, $3, $4, $5, $6)
           on conflict (user_id) do update set time_zone = excluded.time_zone, quiet_from = excluded.quiet_from,
             quiet_to = excluded.quiet_to, digest = excluded.digest, digest_at = excluded.digest_at`,
          [userId, timeZone, quietHours?.from ?? null, quietHours?.to ?? null, digest, digestAt],
        );
        await decideAnew(client, userId);
      }),
    async listChoices(userId) {
      const { rows } = await pool.query<NotificationChoice>(
        "select kind, channel, enabled from notification_preferences where user_id = $1",
        [userId],
      );
      return rows;
    },
    saveChoices: (userId, { kept, dropped }) =>
      transaction(pool, async (client) => {
        await client.query(
          `delete from notification_preferences p using unnest($2::text[], $3::text[]) as d (kind, channel)
           where p.user_id = $1 and p.kind = d.kind and p.channel = d.channel`,
          [userId, dropped.map(({ kind }) => kind), dropped.map(({ channel }) => channel)],
        );
        await client.query(
          `insert into notification_preferences (user_id, kind, channel, enabled)
           select $1, k.kind, k.channel, k.enabled from unnest($2::text[], $3::text[], $4::boolean[]) as k (kind, channel, enabled)
           on conflict (user_id, kind, channel) do update set enabled = excluded.enabled`,
          [
            ...[userId, kept.map(({ kind }) => kind), kept.map(({ channel }) => channel)],
            kept.map(({ enabled }) => enabled),
          ],
        );
        await decideAnew(client, userId);
      }),
  };
}

const defaults: NotificationSettings = { timeZone: null, quietHours: null, digest: "off", digestAt: 480 };

async function loadSettings(pool: pg.Pool, userId: string): Promise<NotificationSettings> {
  const { rows } = await pool.query<NotificationSettings>(
    `select time_zone as "timeZone", digest, digest_at as "digestAt",
       case when quiet_from is not null then json_build_object('from', quiet_from, 'to', quiet_to) end as "quietHours"
     from notification_settings where user_id = $1`,
    [userId],
  );
  return rows[0] ?? defaults;
}

/** What waits for a time, and for no answer of a provider. */
async function decideAnew(db: Queryable, userId: string): Promise<void> {
  await db.query(
    `update notification_deliveries set next_attempt_at = now()
     where user_id = $1 and status = 'pending' and reason in ('digest', 'quiet_hours')`,
    [userId],
  );
}
