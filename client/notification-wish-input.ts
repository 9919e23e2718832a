import { z } from "zod";
import { channels, notificationKinds } from "../domain/notification-kinds.js";
import { digests } from "../domain/notification-wishes.js";
import { notificationDeliveryStatuses } from "../db/notification-history.js";
import { nameSchema, pageSizeSchema, tenantIdSchema, timeZoneSchema, uuidSchema } from "./input.js";

/** Null: whatever they belong to. */
const viewSchema = tenantIdSchema.nullable().default(null);
const channelSchema = z.enum(channels, `must be one of ${channels.join(", ")}`);

/** A user's own: the tenant is that of whoever asks for them. */
export const personSchema = z.strictObject({ tenantId: viewSchema, user: uuidSchema });
export type PersonRef = z.input<typeof personSchema>;

const timeOfDaySchema = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day such as 08:30")
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

export const settingsSchema = personSchema.extend({
  /** Null: that of the configuration. */
  timeZone: timeZoneSchema.nullable().default(null),
  /** May pass midnight; null: there are none. */
  quietHours: z
    .strictObject({ from: timeOfDaySchema, to: timeOfDaySchema })
    .refine(({ from, to }) => from !== to, {
      path: ["to"],
      message: "must differ from from; null is without quiet hours",
    })
    .nullable()
    .default(null),
  digest: z.enum(digests, `must be one of ${digests.join(", ")}`).default("off"),
  /** Of a daily one. */
  digestAt: timeOfDaySchema.default(480),
});
export type SettingsInput = z.input<typeof settingsSchema>;

const kindSchema = z.enum(
  notificationKinds.map(({ kind }) => kind),
  "is not a kind; GET /api/notification-kinds and floe notifications preferences have them",
);

export const preferencesSchema = personSchema.extend({
  preferences: z
    .array(
      z.strictObject({
        kind: kindSchema,
        channel: channelSchema,
        enabled: z.boolean(),
      }),
    )
    .min(1, "is empty")
    .max(200, "has more than 200"),
});
export type PreferencesInput = z.input<typeof preferencesSchema>;

const subscriptionSchema = z.strictObject({
  /** As a browser's PushSubscription has it. */
  endpoint: z.string().min(1, "is empty").max(2_048, "is longer than 2,048 characters"),
  keys: z.strictObject({
    p256dh: z.string().regex(/^[A-Za-z0-9_-]{87}=?$/, "must be a point of P-256 in base64url, 65 bytes"),
    auth: z.string().regex(/^[A-Za-z0-9_-]{22}={0,2}$/, "must be 16 bytes in base64url"),
  }),
  expirationTime: z.number().nullish(),
});

export const deviceFieldsSchema = personSchema.extend({
  kind: z.enum(["web", "fcm", "apns"], "must be web, fcm or apns"),
  /** As its owner knows it, such as `Firefox at work`. */
  name: nameSchema,
  /** Of a browser. */
  subscription: subscriptionSchema.optional(),
  /** Of a phone. */
  token: z
    .string()
    .regex(/^[\w:.-]{16,2048}$/, "must be the device's token, as its application gets it")
    .optional(),
});

/** Each kind has an address of its own. */
export function checkDevice(
  { kind, ...given }: Pick<z.output<typeof deviceFieldsSchema>, "kind" | "subscription" | "token">,
  context: z.RefinementCtx,
): void {
  const [wanted, other] =
    kind === "web" ? (["subscription", "token"] as const) : (["token", "subscription"] as const);
  const refuse = (field: string, message: string): void =>
    context.addIssue({ code: "custom", path: [field], message });
  if (given[wanted] === undefined) refuse(wanted, `is missing; a device of kind ${kind} has one`);
  if (given[other] !== undefined) refuse(other, `is not for a device of kind ${kind}`);
  if (kind === "apns" && given.token !== undefined && !/^[0-9a-f]{64,200}$/i.test(given.token))
    refuse("token", "must be the device's token in hexadecimal");
}

export const newDeviceSchema = deviceFieldsSchema.superRefine(checkDevice);
export type NewDeviceInput = z.input<typeof newDeviceSchema>;

export const deviceRefSchema = personSchema.extend({ deviceId: uuidSchema });
export type DeviceRef = z.input<typeof deviceRefSchema>;

export const renamedDeviceSchema = deviceRefSchema.extend({ name: nameSchema });
export type RenamedDevice = z.input<typeof renamedDeviceSchema>;

export const testSchema = personSchema.extend({ channel: channelSchema });
export type TestInput = z.input<typeof testSchema>;

export const deliveriesSchema = z.strictObject({
  tenantId: viewSchema,
  /** Absent: of all of the tenant. */
  user: uuidSchema.optional(),
  notificationId: uuidSchema.optional(),
  channel: channelSchema.optional(),
  status: z
    .enum(notificationDeliveryStatuses, `must be one of ${notificationDeliveryStatuses.join(", ")}`)
    .optional(),
  /** Id of the last one of the page before. */
  before: z
    .string()
    .regex(/^[1-9]\d{0,17}$/, "must be the id of a delivery")
    .optional(),
  limit: pageSizeSchema,
});
export type DeliveriesQuery = z.input<typeof deliveriesSchema>;
