import type pg from "pg";

/** Something that people of a tenant are told. */
export interface Notification {
  notificationId: string;
  tenantId: string;
  /** Null: everybody of the tenant. */
  userId: string | null;
  /** `import.completed`, `export.failed`, … */
  kind: string;
  /** Of what it is about. */
  subjectId: string;
  title: string;
  text: string;
  createdAt: Date;
  readAt: Date | null;
}

export interface NotificationPage {
  tenantId: string;
  /** Theirs, and those of everybody; absent: all of the tenant. */
  user?: string | undefined;
  unread: boolean;
  /** Id of the last one of the page before. */
  before?: string | undefined;
  limit: number;
}

export interface NotificationStore {
  /** Newest first. */
  listNotifications(page: NotificationPage): Promise<Notification[]>;
  countUnread(tenantId: string, user?: string): Promise<number>;
  /** @param ids absent: all. @returns how many were unread */
  markRead(tenantId: string, ids?: readonly string[]): Promise<number>;
}

export function createNotificationStore(pool: pg.Pool): NotificationStore {
  return {
    listNotifications: (page) => listNotifications(pool, page),
    countUnread: (tenantId, user) => countUnread(pool, tenantId, user),
    markRead: (tenantId, ids) => markRead(pool, tenantId, ids),
  };
}

async function listNotifications(
  pool: pg.Pool,
  { tenantId, user, unread, before, limit }: NotificationPage,
): Promise<Notification[]> {
  const { rows } = await pool.query<Notification>(
    `select n.notification_id as "notificationId", n.tenant_id as "tenantId", n.user_id as "userId", n.kind,
       n.subject_id as "subjectId", n.title, n.text, n.created_at as "createdAt", n.read_at as "readAt"
     from notifications n
     left join notifications b on b.tenant_id = $1 and b.notification_id = $4
     where n.tenant_id = $1 and ($2::text is null or n.user_id is null or n.user_id = $2)
       and (not $3 or n.read_at is null)
       and ($4::uuid is null or (n.created_at, n.notification_id) < (b.created_at, b.notification_id))
     order by n.created_at desc, n.notification_id desc limit $5`,
    [tenantId, user ?? null, unread, before ?? null, limit],
  );
  return rows;
}

async function countUnread(pool: pg.Pool, tenantId: string, user?: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from notifications
     where tenant_id = $1 and read_at is null and ($2::text is null or user_id is null or user_id = $2)`,
    [tenantId, user ?? null],
  );
  return rows[0]?.count ?? 0;
}

async function markRead(pool: pg.Pool, tenantId: string, ids?: readonly string[]): Promise<number> {
  const { rowCount } = await pool.query(
    `update notifications set read_at = now()
     where tenant_id = $1 and read_at is null and ($2::uuid[] is null or notification_id = any ($2))`,
    [tenantId, ids ?? null],
  );
  return rowCount ?? 0;
}
