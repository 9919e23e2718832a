import { z } from "zod";
import { markReadSchema, notificationsSchema, unreadSchema } from "../../client/notifications.js";
import { operation } from "../operation.js";

const notification = z.object({
  notificationId: z.string(),
  tenantId: z.string(),
  userId: z.string().nullable(),
  kind: z.string(),
  subjectId: z.string(),
  title: z.string(),
  text: z.string(),
  createdAt: z.date(),
  readAt: z.date().nullable(),
});

const path = "/api/notifications";
const look = { resource: "notifications", level: "read" } as const;

export const notificationOperations = [
  operation({
    ...look,
    ...{ id: "notifications.list", method: "get", path, page: { cursor: "notificationId", by: "before" } },
    summary: "What a tenant's people are told, newest first; with a user theirs and everybody's",
    input: notificationsSchema,
    output: notification,
    call: (floe, input) => floe.notifications.list(input),
  }),
  operation({
    ...look,
    ...{ id: "notifications.count_unread", method: "get", path: `${path}/unread` },
    summary: "How many are unread",
    input: unreadSchema,
    output: z.object({ unread: z.number() }),
    call: async (floe, { tenantId, user }) => ({
      unread: await floe.notifications.countUnread({ tenantId, ...(user !== undefined && { user }) }),
    }),
  }),
  operation({
    ...{ resource: "notifications", level: "write" },
    ...{ id: "notifications.mark_read", method: "post", path: `${path}/read` },
    summary: "Mark some as read, or all",
    input: markReadSchema,
    output: z.object({ marked: z.number() }),
    call: (floe, input) => floe.notifications.markRead(input),
  }),
];
