import { z } from "zod";
import {
  markSchema,
  notificationsSchema,
  severitySchema,
  unreadSchema,
  type MarkInput,
} from "../../client/notification-input.js";
import type { NotificationInbox } from "../../client/notifications.js";
import { actingUser } from "../acting-user.js";
import { operation } from "../operation.js";

const notification = z.object({
  notificationId: z.string(),
  tenantId: z.string(),
  userId: z.string().nullable(),
  kind: z.string(),
  severity: severitySchema,
  subjectId: z.string(),
  title: z.string(),
  text: z.string(),
  createdAt: z.date(),
  readAt: z.date().nullable(),
  archivedAt: z.date().nullable(),
});

const path = "/api/notifications";
const look = { resource: "notifications", level: "read" } as const;
const own = { resource: "notifications", level: "self" } as const;

type Mark = (inbox: NotificationInbox, input: MarkInput) => Promise<{ marked: number }>;

/** For who is signed in, or whom a key names; a key that names nobody marks for everybody. */
function marking(name: string, summary: string, mark: Mark) {
  return operation({
    ...{ ...own, id: `notifications.${name}`, method: "post", path: `${path}/${name.replace("mark_", "")}` },
    summary,
    input: markSchema,
    output: z.object({ marked: z.number() }),
    call: (floe, { user, ...input }, { principal }) =>
      mark(floe.notifications, { ...input, user: actingUser(principal, user, "self") }),
  });
}

export const notificationOperations = [
  operation({
    ...look,
    ...{ id: "notifications.list", method: "get", path, page: { cursor: "notificationId", by: "before" } },
    summary:
      "What people are told, newest first: of who is signed in, or of user, with what everybody is told",
    input: notificationsSchema,
    output: notification,
    call: (floe, { user, ...input }, { principal }) =>
      floe.notifications.walk({ ...input, user: actingUser(principal, user) }),
  }),
  operation({
    ...look,
    ...{ id: "notifications.count_unread", method: "get", path: `${path}/unread` },
    summary: "How many are unread, and how grave they are",
    input: unreadSchema,
    output: z.object({ unread: z.number(), info: z.number(), warning: z.number(), critical: z.number() }),
    call: (floe, { user, ...input }, { principal }) =>
      floe.notifications.countUnread({ ...input, user: actingUser(principal, user) }),
  }),
  marking("mark_read", "Mark some as read, or all", (inbox, input) => inbox.markRead(input)),
  marking("mark_unread", "Mark some as unread, or all", (inbox, input) => inbox.markUnread(input)),
  marking("archive", "Put some away, or all: they are not listed any more", (inbox, input) =>
    inbox.archive(input),
  ),
  marking("restore", "List some again that were put away, or all", (inbox, input) => inbox.restore(input)),
];
