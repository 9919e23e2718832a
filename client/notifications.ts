import { z } from "zod";
import type { Notification, NotificationStore } from "../db/notifications.js";
import { nameSchema, pageSizeSchema, parseInput, tenantIdSchema, uuidSchema } from "./input.js";

export type { Notification } from "../db/notifications.js";

export const notificationsSchema = z.strictObject({
  tenantId: tenantIdSchema,
  /** A user's own, and everybody's; absent: all of the tenant. */
  user: nameSchema.optional(),
  unread: z.boolean().default(false),
  /** Id of the last one of the page before. */
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type NotificationsQuery = z.input<typeof notificationsSchema>;

export const unreadSchema = notificationsSchema.pick({ tenantId: true, user: true });

export const markReadSchema = z.strictObject({
  tenantId: tenantIdSchema,
  /** Absent: all. */
  notificationIds: z.array(uuidSchema).min(1, "is empty; leave it out to mark all").max(1_000).optional(),
});
export type MarkRead = z.input<typeof markReadSchema>;

/** What a tenant's people are told: imports and exports that ended, and what needs somebody. */
export interface Notifications {
  /** Newest first. */
  list(query: NotificationsQuery): Promise<Notification[]>;
  countUnread(of: { tenantId: string; user?: string }): Promise<number>;
  /** @returns how many were unread */
  markRead(input: MarkRead): Promise<{ marked: number }>;
}

export function createNotifications(store: NotificationStore): Notifications {
  return {
    list: async (query) => store.listNotifications(parseInput(notificationsSchema, query)),
    countUnread: async (of) => {
      const { tenantId, user } = parseInput(unreadSchema, of);
      return store.countUnread(tenantId, user);
    },
    markRead: async (input) => {
      const { tenantId, notificationIds } = parseInput(markReadSchema, input);
      return { marked: await store.markRead(tenantId, notificationIds) };
    },
  };
}
