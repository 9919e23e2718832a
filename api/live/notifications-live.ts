import type { NotificationFeed, NotificationPosition, SeenNotification } from "../../db/notification-feed.js";
import { notACursor, snapshotRows, type LiveFeed } from "./feed.js";

/** Cleanup leaves nothing that is older than a day alone for longer (`domain/retention`): behind that, something may be gone. */
const goodForSeconds = 23 * 3_600;

/** What a tenant's people are told, and again when it was read. */
export function createNotificationsLive(feed: NotificationFeed, tenantId: string): LiveFeed {
  return {
    resource: "notifications",
    position: async () => toText(await feed.readPosition()),
    async read({ user }, after, limit) {
      const { notifications, through } = await feed.readNotifications({
        ...{ tenantId, user, limit },
        after: toPosition(after),
      });
      const updates = notifications.map(({ transaction, ...notification }) => ({
        sequence: toText({ transaction, at: through.at, id: notification.notificationId }),
        // What one has read is told to that one.
        ...{ id: idOf(notification), user: notification.reader ?? notification.userId },
        data: toJson(notification),
      }));
      return { updates, through: toText(through) };
    },
    async snapshot({ user }) {
      const { notifications, through } = await feed.readNewest({ tenantId, user, limit: snapshotRows });
      return { sequence: toText(through), data: notifications.map(toJson) };
    },
    async isGap(sequence) {
      const given = toPosition(sequence);
      const now = await feed.readPosition();
      return given.at < now.at - goodForSeconds || given.transaction > now.transaction;
    },
    requireSubject: () => Promise.resolve(),
    compare: (a, b) => {
      const [one, other] = [toPosition(a), toPosition(b)];
      return one.transaction - other.transaction || compareIds(one.id, other.id);
    },
    matches: ({ user }, update) => user === undefined || update.user === null || update.user === user,
  };
}

function compareIds(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  // Without an id: behind all of its transaction.
  if (a === undefined) return 1;
  return b === undefined || a < b ? -1 : 1;
}

function toText({ transaction, at, id }: NotificationPosition): string {
  return [transaction, at, ...(id === undefined ? [] : [id])].join(".");
}

const pattern = /^(\d{1,15})\.(\d{1,11})(?:\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?$/;

function toPosition(text: string): NotificationPosition {
  const [, transaction, at, id] = pattern.exec(text) ?? [];
  if (transaction === undefined || at === undefined) throw notACursor();
  return { transaction: Number(transaction), at: Number(at), id };
}

/** What it is to one person says nothing of what it is to others. */
function idOf({ notificationId, reader }: SeenNotification): string {
  return reader === null ? notificationId : `${notificationId}/${reader}`;
}

function toJson(notification: SeenNotification) {
  return {
    notification_id: notification.notificationId,
    tenant_id: notification.tenantId,
    user_id: notification.userId,
    kind: notification.kind,
    severity: notification.severity,
    subject_id: notification.subjectId,
    title: notification.title,
    text: notification.text,
    created_at: notification.createdAt,
    read_at: notification.readAt,
    archived_at: notification.archivedAt,
    reader: notification.reader,
  };
}
