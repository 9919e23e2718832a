import type { Notification, NotificationMark, NotificationStore, UnreadCount } from "../db/notifications.js";
import type { WalkedPage } from "../domain/walked-page.js";
import type { NotificationDelivery, NotificationHistory } from "../db/notification-history.js";
import type { NotificationDevice } from "../db/notification-devices.js";
import { Conflict, NotFound } from "../domain/errors.js";
import type { Channel } from "../domain/notification-kinds.js";
import { parseInput } from "./input.js";
import {
  markSchema,
  notificationsSchema,
  unreadSchema,
  type InboxRef,
  type MarkInput,
  type NotificationsQuery,
} from "./notification-input.js";

import {
  deliveriesSchema,
  testSchema,
  type DeliveriesQuery,
  type TestInput,
} from "./notification-wish-input.js";
import {
  createNotificationWishes,
  type NotificationWishesOfPeople,
  type WishPorts,
} from "./notification-wishes.js";

export type { NotificationDelivery } from "../db/notification-history.js";
export type { NotificationDevice, Preference, ShownSettings } from "./notification-wishes.js";
export type { Notification, UnreadCount } from "../db/notifications.js";

/** What people are told, in the product. Marks are of one user, or without one of everybody. */
export interface NotificationInbox {
  /** Newest first. */
  list(query?: NotificationsQuery): Promise<Notification[]>;
  /** One page of the next notifications; fewer when few of them are asked for, and `next` goes on. */
  walk(query?: NotificationsQuery): Promise<WalkedPage<Notification>>;
  countUnread(of?: InboxRef): Promise<UnreadCount>;
  /** @returns how many were unread */
  markRead(input?: MarkInput): Promise<{ marked: number }>;
  /** @returns how many were read */
  markUnread(input?: MarkInput): Promise<{ marked: number }>;
  /** Puts away: it is not listed and not counted any more. @returns how many were there */
  archive(input?: MarkInput): Promise<{ marked: number }>;
  /** @returns how many were put away */
  restore(input?: MarkInput): Promise<{ marked: number }>;
}

/** As tenant of what belongs to the platform. */
export const platformTenant = "*";

function createNotificationInbox(store: NotificationStore): NotificationInbox {
  const marking = (mark: NotificationMark) => async (input?: MarkInput) => {
    const { tenantId, user, notificationIds: ids } = parseInput(markSchema, input ?? {});
    const marked = await store.markNotifications({ tenantId: tenantId ?? platformTenant, user, mark, ids });
    return { marked };
  };
  return {
    list: async (query) => {
      const { tenantId, ...page } = parseInput(notificationsSchema, query ?? {});
      return store.listNotifications({ ...page, tenantId: tenantId ?? platformTenant });
    },
    walk: async (query) => {
      const { tenantId, ...page } = parseInput(notificationsSchema, query ?? {});
      return store.walkNotifications({ ...page, tenantId: tenantId ?? platformTenant });
    },
    countUnread: async (of) => {
      const { tenantId, user } = parseInput(unreadSchema, of ?? {});
      return store.countUnread({ tenantId: tenantId ?? platformTenant, user });
    },
    markRead: marking("read"),
    markUnread: marking("unread"),
    archive: marking("archived"),
    restore: marking("restored"),
  };
}

/** What became of each, by every channel. */
export interface NotificationReports {
  /** With every attempt; newest first. */
  deliveries(query?: DeliveriesQuery): Promise<NotificationDelivery[]>;
  /**
   * Sends one to see whether it arrives, whatever they have chosen.
   * @throws NotFound for somebody of another tenant; Conflict by a channel for which they have no device
   */
  test(input: TestInput): Promise<{ notificationId: string }>;
}

export type Notifications = NotificationInbox & NotificationWishesOfPeople & NotificationReports;

export interface NotificationPorts {
  store: NotificationStore;
  history: NotificationHistory;
  wishes: WishPorts;
}

export function createNotifications({ store, history, wishes }: NotificationPorts): Notifications {
  return {
    ...createNotificationInbox(store),
    ...createNotificationWishes(wishes),
    deliveries: async (query) => {
      const { tenantId, ...page } = parseInput(deliveriesSchema, query ?? {});
      return history.listDeliveries({ ...page, tenantId: tenantId ?? platformTenant });
    },
    test: async (input) => {
      const { tenantId, user: userId, channel } = parseInput(testSchema, input);
      const user = await wishes.users.loadUser(null, userId);
      if (tenantId !== null && !user.admin && !user.memberships.some((one) => one.tenantId === tenantId))
        throw new NotFound("user", userId);
      requireDevice(await wishes.devices.listDevices(userId), channel);
      return history.createTest({ tenantId: tenantId ?? platformTenant, userId, channel });
    },
  };
}

/** Without one nothing would be sent, and nothing would say so. */
function requireDevice(devices: readonly { kind: NotificationDevice["kind"] }[], channel: Channel): void {
  if (channel === "email") return;
  const wanted = channel === "web_push";
  if (devices.some(({ kind }) => (kind === "web") === wanted)) return;
  throw new Conflict(
    wanted
      ? "No browser of this user is written to; it registers in the dashboard: Notifications, How you are told."
      : "No phone of this user is written to; its application registers it, or floe notifications devices add.",
  );
}
