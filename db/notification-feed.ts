import type pg from "pg";
import { notificationColumns as columns, type Notification } from "./notifications.js";

/**
 * Where a reader of notifications stands. Rows are ordered by the transaction that wrote them last, so that one that is marked
 * as read is told again; `id` is the last one of that transaction, absent when all of it is behind the reader.
 */
export interface NotificationPosition {
  transaction: number;
  /** Seconds since the epoch, of the database, at which the position was read. */
  at: number;
  id?: string | undefined;
}

export interface NotificationFeedQuery {
  tenantId: string;
  /** Theirs, and those of everybody; absent: all of the tenant. */
  user?: string | undefined;
  limit: number;
}

/** As everybody sees it; or, with a reader, as this person does since they read it or put it away. */
export type SeenNotification = Notification & { reader: string | null };
export type NumberedNotification = SeenNotification & { transaction: number };

export interface NotificationFeed {
  /** Everything before it is visible now, and nothing can appear there later. */
  readPosition(): Promise<NotificationPosition>;
  /** What was written behind a position, in order. `through`: everything up to it has been read. */
  readNotifications(
    query: NotificationFeedQuery & { after: NotificationPosition },
  ): Promise<{ notifications: NumberedNotification[]; through: NotificationPosition }>;
  /** Newest first, and the position behind which those follow that it has not. */
  readNewest(
    query: NotificationFeedQuery,
  ): Promise<{ notifications: SeenNotification[]; through: NotificationPosition }>;
}

export function createNotificationFeed(pool: pg.Pool): NotificationFeed {
  return {
    readPosition: async () => {
      const { rows } = await pool.query<Stand>(`select ${stand} from ${horizon} t`);
      return positionOf(rows[0]);
    },
    readNotifications: (query) => readNotifications(pool, query),
    readNewest: (query) => readNewest(pool, query),
  };
}

/**
 * `low`: every transaction below it has ended, so that what it wrote is visible or will never be; what is above waits for
 * the next look, and a long transaction delays the telling but never loses anything.
 */
const horizon = `(select pg_snapshot_xmin(s)::text::bigint as low, pg_snapshot_xmax(s)::text::bigint as high
  from pg_current_snapshot() s)`;
const stand = `(t.low - 1)::float8 as "through", floor(extract(epoch from now()))::float8 as "at"`;
/** Rows keep the lower 32 bits of the transaction's number. */
const transactionOf = (row: string): string => `t.high - ((t.high - ${row}.xmin::text::bigint) & 4294967295)`;
const nobody =
  "(select null::text as user_id, null::timestamptz as read_at, null::timestamptz as archived_at)";

interface Stand {
  through: number;
  at: number;
}

type Row = { [Name in keyof NumberedNotification]: NumberedNotification[Name] | null } & Stand;

/** Above every id. */
const lastId = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/**
 * Those that were neither made nor read for a week before the position are not looked at: by then the 32 bits may have come
 * round, and no transaction lasts so long.
 */
async function readNotifications(
  pool: pg.Pool,
  { tenantId, user, after, limit }: NotificationFeedQuery & { after: NotificationPosition },
): Promise<{ notifications: NumberedNotification[]; through: NotificationPosition }> {
  const { rows } = await pool.query<Row>({
    name: "read-notification-feed",
    text: `select n.*, ${stand}
      from ${horizon} t
      left join lateral (
        select ${columns}, x.number::float8 as transaction, s.user_id as reader
        from notifications n cross join ${nobody} s cross join lateral (select ${transactionOf("n")} as number) x
        where n.tenant_id = $1 and x.number < t.low and (x.number, n.notification_id) > ($2::bigint, $3::uuid)
          and greatest(n.created_at, n.read_at, n.archived_at) > to_timestamp($4) - interval '7 days'
          and ($5::text is null or n.user_id is null or n.user_id = $5)
        union all
        select ${columns}, x.number::float8, s.user_id
        from notification_states s join notifications n on n.notification_id = s.notification_id and n.tenant_id = $1
        cross join lateral (select ${transactionOf("s")} as number) x
        where s.tenant_id = $1 and x.number < t.low and (x.number, n.notification_id) > ($2::bigint, $3::uuid)
          and s.changed_at > to_timestamp($4) - interval '7 days' and ($5::text is null or s.user_id = $5)
        order by transaction, "notificationId" limit $6
      ) n on true
      order by n.transaction, n."notificationId"`,
    values: [tenantId, after.transaction, after.id ?? lastId, after.at, user ?? null, limit],
  });
  const notifications = rowsOf(rows);
  const through = positionOf(rows[0]);
  const last = notifications.at(-1);
  // A full page says nothing about what lies behind it.
  if (last && notifications.length === limit)
    return {
      notifications,
      through: { transaction: last.transaction, at: through.at, id: last.notificationId },
    };
  // A server that was restored may be behind what a reader has seen of the one before.
  return { notifications, through: through.transaction < after.transaction ? after : through };
}

async function readNewest(
  pool: pg.Pool,
  { tenantId, user, limit }: NotificationFeedQuery,
): Promise<{ notifications: SeenNotification[]; through: NotificationPosition }> {
  const { rows } = await pool.query<Row>(
    `select n.*, ${stand}
     from ${horizon} t
     left join lateral (
       select ${columns}, x.number::float8 as transaction, s.user_id as reader
       from notifications n
       left join notification_states s on s.notification_id = n.notification_id and s.user_id = $2
       cross join lateral (select ${transactionOf("n")} as number) x
       -- What is above is told behind the position: shown here as well, it would come twice.
       where n.tenant_id = $1 and x.number < t.low and ($2::text is null or n.user_id is null or n.user_id = $2)
       order by n.created_at desc, n.notification_id desc limit $3
     ) n on true`,
    [tenantId, user ?? null, limit],
  );
  return { notifications: rowsOf(rows), through: positionOf(rows[0]) };
}

function rowsOf(rows: readonly Row[]): NumberedNotification[] {
  return rows.flatMap(({ through: _through, at: _at, ...row }) =>
    row.notificationId === null ? [] : [row as NumberedNotification],
  );
}

function positionOf(row: Stand | undefined): NotificationPosition {
  return { transaction: row?.through ?? 0, at: row?.at ?? 0 };
}
