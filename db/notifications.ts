import type pg from "pg";
import type { Severity } from "../domain/notification-kinds.js";
import { fillPage, WalkedPage } from "../domain/walked-page.js";

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
  /** The same, of the next `notificationsWalked` of the tenant. */
  walkNotifications(page: NotificationPage): Promise<WalkedPage<Notification>>;
  /** Counted each time: of what was not put away, among the tenant's newest 20,000. */
  countUnread(inbox: Inbox): Promise<UnreadCount>;
  /** For one person; without one for everybody, whatever each did before. @returns how many it changed */
  markNotifications(marking: Marking): Promise<number>;
}

export function createNotificationStore(pool: pg.Pool): NotificationStore {
  return {
    listNotifications: ({ before, ...query }) =>
      fillPage({ ...query, after: before }, ({ after, ...page }) =>
        walkNotifications(pool, { ...page, before: after }),
      ),
    walkNotifications: (page) => walkNotifications(pool, page),
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
const inboxOf = (notifications: string): string => `${notifications} n
  left join notification_states s on s.notification_id = n.notification_id and s.user_id = $2
  where n.tenant_id = $1 and ($2::text is null or n.user_id is null or n.user_id = $2)`;
const inbox = inboxOf("notifications");

/** Of a tenant: no index knows what each person has read or put away. */
const notificationsWalked = 20_000;

async function walkNotifications(pool: pg.Pool, page: NotificationPage): Promise<WalkedPage<Notification>> {
  const { tenantId, user, kind, severity, unread, archived, before = null, limit } = page;
  const walkTo = await findWalkEnd(pool, tenantId, before);
  const { rows } = await pool.query<Notification>(
    `select ${notificationColumns} from ${inbox}
       and ($3::text is null or n.kind = $3) and ($4::text is null or n.severity = $4)
       and (not $5 or ${readAt} is null) and (${archivedAt} is not null) = $6
       and ($7::uuid is null or (n.created_at, n.notification_id) < (${createdAtOf("$7")}, $7))
       and ($9::uuid is null or (n.created_at, n.notification_id) >= (${createdAtOf("$9")}, $9))
     order by n.created_at desc, n.notification_id desc limit $8`,
    [tenantId, user ?? null, kind ?? null, severity ?? null, unread, archived, before, limit, walkTo],
  );
  return new WalkedPage(rows, rows.length < limit ? walkTo : (rows.at(-1)?.notificationId ?? null));
}

/** The oldest of those that are looked at; null: all that are left. */
async function findWalkEnd(pool: pg.Pool, tenantId: string, before: string | null): Promise<string | null> {
  const { rows } = await pool.query<{ notificationId: string }>(
    `select notification_id as "notificationId" from notifications
     where tenant_id = $1
       and ($2::uuid is null or (created_at, notification_id) < (${createdAtOf("$2")}, $2))
     order by created_at desc, notification_id desc offset ${notificationsWalked - 1} limit 1`,
    [tenantId, before],
  );
  return rows[0]?.notificationId ?? null;
}

function createdAtOf(id: string): string {
  return `(select created_at from notifications where tenant_id = $1 and notification_id = ${id})`;
}

async function countUnread(pool: pg.Pool, { tenantId, user }: Inbox): Promise<UnreadCount> {
  const newest = `(
    select * from notifications where tenant_id = $1 order by created_at desc limit ${notificationsWalked}
  )`;
  const { rows } = await pool.query<UnreadCount>(
    `select count(*)::int as unread, count(*) filter (where n.severity = 'info')::int as info,
       count(*) filter (where n.severity = 'warning')::int as warning,
       count(*) filter (where n.severity = 'critical')::int as critical
     from ${inboxOf(newest)} and ${readAt} is null and ${archivedAt} is null`,
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
