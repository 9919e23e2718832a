import { z } from "zod";
import { severities } from "../domain/notification-kinds.js";
import { nameSchema, pageSizeSchema, tenantIdSchema, uuidSchema } from "./input.js";

/** Null: the platform's own. */
const viewSchema = tenantIdSchema.nullable().default(null);

const inboxSchema = z.strictObject({
  tenantId: viewSchema,
  /** Theirs, and what everybody is told; absent: all of the tenant. */
  user: nameSchema.optional(),
});
export type InboxRef = z.input<typeof inboxSchema>;

export const unreadSchema = inboxSchema;

export const severitySchema = z.enum(severities, `must be one of ${severities.join(", ")}`);

export const notificationsSchema = inboxSchema.extend({
  kind: nameSchema.optional(),
  severity: severitySchema.optional(),
  unread: z.boolean().default(false),
  /** True: what was put away, and nothing else. */
  archived: z.boolean().default(false),
  /** Id of the last one of the page before. */
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type NotificationsQuery = z.input<typeof notificationsSchema>;

export const markSchema = inboxSchema.extend({
  /** Absent: all. */
  notificationIds: z.array(uuidSchema).min(1, "is empty; leave it out to mark all").max(1_000).optional(),
});
export type MarkInput = z.input<typeof markSchema>;
