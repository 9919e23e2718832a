import type pg from "pg";
import type { Severity } from "../domain/notification-kinds.js";

/** Something that people of a tenant are told. */
export interface Notification {
  notificationId: string;
  /** `*`: of the platform. */
  tenantId: string;
  /** Null: everybody of the tenant. */
  userId: string | null;
  /** `import.completed`, `export.failed`, … */
  kind: string;
  severity: Severity;
  /** Of what it is about. */
  subjectId: string;
  title: string;
  text: string;
  createdAt: Date;
  /** By whoever asks; asked for nobody in particular: for everybody. */
  readAt: Date | null;
  archivedAt: Date | null;
}

/** Whose inbox: a person's, with what everybody is told; or all of a tenant. */
export interface Inbox {
  tenantId: string;
  user?: string | undefined;
}

export interface NotificationPage extends Inbox {
  kind?: string | undefined;
  severity?: Severity | undefined;
  unread: boolean;
  /** True: only what was put away; false: only what was not. */
  archived: boolean;
  /** Id of the last one of the page before. */
  before?: string | undefined;
  limit: number;
}

export interface UnreadCount extends Record<Severity, number> {
  unread: number;
}

export type NotificationMark = "read" | "unread" | "archived" | "restored";

export interface Marking extends Inbox {
  mark: NotificationMark;
  /** Absent: all. */
  ids?: readonly string[] | undefined;
}

export interface NotificationStore {
  /** Newest first. */
  listNotifications(page: NotificationPage): Promise<Notification[]>;
  /** Counted each time: of what was not put away. */
  countUnread(inbox: Inbox): Promise<UnreadCount>;
  /** For one person; without one for everybody, whatever each did before. @returns how many it changed */
  markNotifications(marking: Marking): Promise<number>;
}

export function createNotificationStore(pool: pg.Pool): NotificationStore {
  return {
    listNotifications: (page) => listNotifications(pool, page),
    countUnread: (inbox) => countUnread(pool, inbox),
    markNotifications: ({ user, ...marking }) =>
      user === undefined ? markForAll(pool, marking) : markForOne(pool, { ...marking, user }),
  };
}

/** What a person did stands in a row of their own; without one, what was done for everybody. */
const readAt = "case when s.user_id is null then n.read_at else s.read_at end";
const archivedAt = "case when s.user_id is null then n.archived_at else s.archived_at end";

/** Columns of a notification `n` with its reader's state `s`. */
export const notificationColumns = `n.notification_id as "notificationId", n.tenant_id as "tenantId", n.user_id as "userId",
  n.kind, n.severity, n.subject_id as "subjectId", n.title, n.text, n.created_at as "createdAt", ${readAt} as "readAt",
  ${archivedAt} as "archivedAt"`;

/** `$1` is the tenant, `$2` the person. */
const inbox = `notifications n
  left join notification_states s on s.notification_id = n.notification_id and s.user_id = $2
  where n.tenant_id = $1 and ($2::text is null or n.user_id is null or n.user_id = $2)`;

async function listNotifications(pool: pg.Pool, page: NotificationPage): Promise<Notification[]> {
  const { tenantId, user, kind, severity, unread, archived, before, limit } = page;
  const { rows } = await pool.query<Notification>(
    `select ${notificationColumns} from ${inbox}
       and ($3::text is null or n.kind = $3) and ($4::text is null or n.severity = $4)
       and (not $5 or ${readAt} is null) and (${archivedAt} is not null) = $6
       and ($7::uuid is null or (n.created_at, n.notification_id) < (
         select b.created_at, b.notification_id from notifications b where b.tenant_id = $1 and b.notification_id = $7))
     order by n.created_at desc, n.notification_id desc limit $8`,
    [tenantId, user ?? null, kind ?? null, severity ?? null, unread, archived, before ?? null, limit],
  );
  return rows;
}

async function countUnread(pool: pg.Pool, { tenantId, user }: Inbox): Promise<UnreadCount> {
  const { rows } = await pool.query<UnreadCount>(
    `select count(*)::int as unread, count(*) filter (where n.severity = 'info')::int as info,
       count(*) filter (where n.severity = 'warning')::int as warning,
       count(*) filter (where n.severity = 'critical')::int as critical
     from ${inbox} and ${readAt} is null and ${archivedAt} is null`,
    [tenantId, user ?? null],
  );
  return rows[0] ?? { unread: 0, info: 0, warning: 0, critical: 0 };
}

interface MarkSql {
  /** Of `read_at` and `archived_at`, given what they are. */
  set: (readAt: string, archivedAt: string) => [readAt: string, archivedAt: string];
  /** Of what it changes. */
  where: (readAt: string, archivedAt: string) => string;
}

const marks: Record<NotificationMark, MarkSql> = {
  read: { set: (_, archived) => ["now()", archived], where: (read) => `${read} is null` },
  unread: { set: (_, archived) => ["null", archived], where: (read) => `${read} is not null` },
  archived: { set: (read) => [read, "now()"], where: (_, archived) => `${archived} is null` },
  restored: { set: (read) => [read, "null"], where: (_, archived) => `${archived} is not null` },
};

async function markForOne(
  pool: pg.Pool,
  { tenantId, user, mark, ids }: Marking & { user: string },
): Promise<number> {
  const { set, where } = marks[mark];
  const [read, archived] = set(readAt, archivedAt);
  const { rowCount } = await pool.query(
    `insert into notification_states (tenant_id, notification_id, user_id, read_at, archived_at)
     select n.tenant_id, n.notification_id, $2::text, ${read}::timestamptz, ${archived}::timestamptz from ${inbox}
       and ($3::uuid[] is null or n.notification_id = any ($3)) and ${where(readAt, archivedAt)}
     on conflict (notification_id, user_id) do update
       set read_at = excluded.read_at, archived_at = excluded.archived_at, changed_at = now()`,
    [tenantId, user, ids ?? null],
  );
  return rowCount ?? 0;
}

/** People's own rows go, so that all see the same again. */
async function markForAll(pool: pg.Pool, { tenantId, mark, ids }: Omit<Marking, "user">): Promise<number> {
  const { set, where } = marks[mark];
  const [read, archived] = set("n.read_at", "n.archived_at");
  const { rowCount } = await pool.query(
    `with own as (
       delete from notification_states s
       where s.tenant_id = $1 and ($2::uuid[] is null or s.notification_id = any ($2))
         and ${where("s.read_at", "s.archived_at")}
       returning s.notification_id
     )
     update notifications n set read_at = ${read}, archived_at = ${archived}
     where n.tenant_id = $1 and ($2::uuid[] is null or n.notification_id = any ($2))
       and (${where("n.read_at", "n.archived_at")} or n.notification_id in (select notification_id from own))`,
    [tenantId, ids ?? null],
  );
  return rowCount ?? 0;
}
