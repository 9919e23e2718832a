import { z } from "zod";
import {
  checkDevice,
  deliveriesSchema,
  deviceFieldsSchema,
  deviceRefSchema,
  personSchema,
  preferencesSchema,
  renamedDeviceSchema,
  settingsSchema,
  testSchema,
} from "../../client/notification-wish-input.js";
import { notificationDeliveryStatuses } from "../../db/notification-history.js";
import { channels, severities } from "../../domain/notification-kinds.js";
import { digests } from "../../domain/notification-wishes.js";
import { actingUser, requireActingUser, requirePerson } from "../acting-user.js";
import { operation } from "../operation.js";

const channel = z.enum(channels);
const settings = z.object({
  timeZone: z.string().nullable(),
  quietHours: z.object({ from: z.string(), to: z.string() }).nullable(),
  digest: z.enum(digests),
  digestAt: z.string(),
});
const preference = z.object({ kind: z.string(), channel, enabled: z.boolean(), mutable: z.boolean() });
const device = z.object({
  deviceId: z.string(),
  kind: z.enum(["web", "fcm", "apns"]),
  name: z.string(),
  createdAt: z.date(),
  lastSentAt: z.date().nullable(),
});
const delivery = z.object({
  deliveryId: z.string(),
  tenantId: z.string(),
  notificationId: z.string(),
  userId: z.string(),
  channel,
  deviceId: z.string().nullable(),
  deviceName: z.string().nullable(),
  status: z.enum(notificationDeliveryStatuses),
  reason: z.string().nullable(),
  messageId: z.string().nullable(),
  providerId: z.string().nullable(),
  possibleDuplicate: z.boolean(),
  createdAt: z.date(),
  nextAttemptAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
  attempts: z.array(
    z.object({
      attempt: z.number(),
      beganAt: z.string(),
      outcome: z.string().nullable(),
      statusCode: z.number().nullable(),
      error: z.string().nullable(),
      durationMs: z.number().nullable(),
    }),
  ),
});

const look = { resource: "notifications", level: "read" } as const;
const own = { resource: "notifications", level: "self" } as const;
/** Who signed in need not be named, and cannot name anybody else. */
const whose = { user: personSchema.shape.user.optional() };
const devices = "/api/notification-devices";

export const notificationWishOperations = [
  operation({
    ...{ ...look, id: "notifications.kinds", method: "get", path: "/api/notification-kinds", isList: true },
    summary: "Everything that people are told of, and by which channels unless they choose",
    input: z.strictObject({}),
    output: z.object({
      kind: z.string(),
      title: z.string(),
      severity: z.enum(severities),
      channels: z.array(channel),
    }),
    call: (floe) => floe.notifications.kinds(),
  }),
  operation({
    ...{ ...look, id: "notifications.settings", method: "get", path: "/api/notification-settings" },
    summary: "Quiet hours, digest and time zone, of who is signed in or of user",
    input: personSchema.extend(whose),
    output: settings,
    call: (floe, input, { principal }) => floe.notifications.settings(requirePerson(principal, input)),
  }),
  operation({
    ...{ ...own, id: "notifications.save_settings", method: "put", path: "/api/notification-settings" },
    ...{ edits: "notifications.settings" },
    summary: "Save quiet hours, digest and time zone; what is left out is as by default",
    input: settingsSchema.extend(whose),
    output: settings,
    call: (floe, input, { principal }) =>
      floe.notifications.saveSettings({ ...input, ...requirePerson(principal, input, "self") }),
  }),
  operation({
    ...{ ...look, id: "notifications.preferences", method: "get", path: "/api/notification-preferences" },
    ...{ isList: true },
    summary: "Of every kind and channel, whether it goes out to who is signed in or to user",
    input: personSchema.extend(whose),
    output: preference,
    call: (floe, input, { principal }) => floe.notifications.preferences(requirePerson(principal, input)),
  }),
  operation({
    ...{ ...own, id: "notifications.save_preferences", method: "put", path: "/api/notification-preferences" },
    ...{ isList: true },
    summary:
      "Choose by which channels kinds go out; those that are not named stay, critical ones cannot be muted",
    input: preferencesSchema.extend(whose),
    output: preference,
    call: (floe, input, { principal }) =>
      floe.notifications.savePreferences({ ...input, ...requirePerson(principal, input, "self") }),
  }),
  operation({
    ...{ ...look, id: "notifications.devices", method: "get", path: devices, isList: true },
    summary: "Browsers and phones that are written to",
    input: personSchema.extend(whose),
    output: device,
    call: (floe, input, { principal }) => floe.notifications.devices(requirePerson(principal, input)),
  }),
  operation({
    ...{ ...own, id: "notifications.register_device", method: "post", path: devices, status: 201 },
    summary: "Write to a browser (its PushSubscription) or a phone (its token); again it is the same one",
    input: deviceFieldsSchema.extend(whose).superRefine(checkDevice),
    output: device.extend({ created: z.boolean() }),
    call: (floe, input, { principal }) =>
      floe.notifications.registerDevice({ ...input, ...requirePerson(principal, input, "self") }),
  }),
  operation({
    ...{ ...own, id: "notifications.rename_device", method: "patch", path: `${devices}/:device_id` },
    summary: "Rename a browser or a phone",
    input: renamedDeviceSchema.extend(whose),
    output: device,
    call: (floe, input, { principal }) =>
      floe.notifications.renameDevice({ ...input, ...requirePerson(principal, input, "self") }),
  }),
  operation({
    ...{ ...own, id: "notifications.remove_device", method: "delete", path: `${devices}/:device_id` },
    summary: "Write to a browser or a phone no more",
    input: deviceRefSchema.extend(whose),
    call: (floe, input, { principal }) =>
      floe.notifications.removeDevice({ ...input, ...requirePerson(principal, input, "self") }),
  }),
  operation({
    ...{ ...look, id: "notifications.web_push_key", method: "get", path: "/api/web-push-key" },
    summary: "What a browser subscribes with (applicationServerKey)",
    input: z.strictObject({}),
    output: z.object({ publicKey: z.string() }),
    call: (floe) => floe.notifications.webPushKey(),
  }),
  operation({
    ...{ ...look, id: "notifications.deliveries", method: "get", path: "/api/notification-deliveries" },
    ...{ page: { cursor: "deliveryId", by: "before" } },
    summary: "What became of notifications by each channel, with every attempt, newest first",
    input: deliveriesSchema,
    output: delivery,
    call: (floe, { user, ...input }, { principal }) =>
      floe.notifications.deliveries({ ...input, user: actingUser(principal, user) }),
  }),
  operation({
    ...{ ...own, id: "notifications.test", method: "post", path: "/api/notifications/test", status: 202 },
    summary: "Send a test by one channel, whatever was chosen",
    input: testSchema.extend(whose),
    output: z.object({ notificationId: z.string() }),
    call: (floe, input, { principal }) =>
      floe.notifications.test({ ...input, user: requireActingUser(principal, input.user, "self") }),
  }),
];
