import { v7 as uuidv7 } from "uuid";
import type { NotificationDevice, NotificationDeviceStore } from "../db/notification-devices.js";
import type {
  NotificationChoice,
  NotificationPreferenceStore,
  NotificationSettings,
} from "../db/notification-preferences.js";
import type { UserStore } from "../db/users.js";
import { InvalidInput } from "../domain/errors.js";
import {
  channels,
  defaultChannels,
  findNotificationKind,
  notificationKinds,
  type Channel,
  type NotificationKind,
} from "../domain/notification-kinds.js";
import { isWanted } from "../domain/notification-wishes.js";
import { parseWebhookUrl, type PortRange } from "../domain/webhook-url.js";
import { parseInput } from "./input.js";
import {
  deviceRefSchema,
  newDeviceSchema,
  personSchema,
  preferencesSchema,
  renamedDeviceSchema,
  settingsSchema,
  type DeviceRef,
  type NewDeviceInput,
  type PersonRef,
  type PreferencesInput,
  type RenamedDevice,
  type SettingsInput,
} from "./notification-wish-input.js";

export type { NotificationDevice } from "../db/notification-devices.js";

/** Times of day as `08:30`. */
export interface ShownSettings extends Omit<NotificationSettings, "quietHours" | "digestAt"> {
  quietHours: { from: string; to: string } | null;
  digestAt: string;
}

export interface Preference extends NotificationChoice {
  /** False: it is critical, and goes out whatever is chosen. */
  mutable: boolean;
}

/** How each person is told, and where. */
export interface NotificationWishesOfPeople {
  /** Everything that people are told of, and the channels of who has not chosen. */
  kinds(): Promise<(NotificationKind & { channels: Channel[] })[]>;
  /** @throws NotFound, also for somebody of another tenant; so do the others */
  settings(ref: PersonRef): Promise<ShownSettings>;
  /** All of them: what is left out is as by default. */
  saveSettings(input: SettingsInput): Promise<ShownSettings>;
  /** The matrix: of every kind and channel, whether it goes out. */
  preferences(ref: PersonRef): Promise<Preference[]>;
  /** Of those that are named. @throws InvalidInput for muting what is critical */
  savePreferences(input: PreferencesInput): Promise<Preference[]>;
  devices(ref: PersonRef): Promise<NotificationDevice[]>;
  /** Again it is the same one; of somebody else before, it is theirs no more. */
  registerDevice(input: NewDeviceInput): Promise<NotificationDevice & { created: boolean }>;
  renameDevice(input: RenamedDevice): Promise<NotificationDevice>;
  removeDevice(ref: DeviceRef): Promise<void>;
  /** What a browser subscribes with (`applicationServerKey`). */
  webPushKey(): Promise<{ publicKey: string }>;
}

export interface WishPorts {
  users: Pick<UserStore, "loadUser">;
  preferences: NotificationPreferenceStore;
  devices: NotificationDeviceStore;
  publicKey: () => Promise<string>;
  /** That a browser's push service may have. */
  ports: readonly PortRange[];
  allowPrivate: boolean;
}

export function createNotificationWishes(ports: WishPorts): NotificationWishesOfPeople {
  const { users, preferences, devices } = ports;
  /** @throws NotFound */
  const known = async <Ref extends { tenantId: string | null; user: string }>(ref: Ref): Promise<Ref> => {
    await users.loadUser(ref.tenantId, ref.user);
    return ref;
  };
  const matrixOf = async (user: string): Promise<Preference[]> => {
    const choices = await preferences.listChoices(user);
    return notificationKinds.flatMap(({ kind, severity }) =>
      channels.map((channel) => ({
        ...{ kind, channel, mutable: severity !== "critical" },
        enabled: severity === "critical" || isWanted(kind, severity, channel, { choices }),
      })),
    );
  };
  return {
    kinds: async () => notificationKinds.map((known) => ({ ...known, channels: [...known.channels] })),
    async settings(input) {
      const { user } = await known(parseInput(personSchema, input));
      return show(await preferences.loadSettings(user));
    },
    async saveSettings(input) {
      const { user, timeZone, quietHours, digest, digestAt } = await known(parseInput(settingsSchema, input));
      const settings = { timeZone, quietHours, digest, digestAt };
      await preferences.saveSettings(user, settings);
      return show(settings);
    },
    async preferences(input) {
      const { user } = await known(parseInput(personSchema, input));
      return matrixOf(user);
    },
    async savePreferences(input) {
      const { user, preferences: chosen } = await known(parseInput(preferencesSchema, input));
      refuseMuting(chosen);
      const asByDefault = ({ kind, channel, enabled }: NotificationChoice): boolean =>
        defaultChannels(kind, "info").includes(channel) === enabled;
      await preferences.saveChoices(user, {
        kept: chosen.filter((choice) => !asByDefault(choice)),
        dropped: chosen.filter(asByDefault),
      });
      return matrixOf(user);
    },
    async devices(input) {
      const { user } = await known(parseInput(personSchema, input));
      return devices.listDevices(user);
    },
    async registerDevice(input) {
      const { user, kind, name, subscription, token } = await known(parseInput(newDeviceSchema, input));
      if (subscription) checkEndpoint(subscription.endpoint, ports);
      const { device, created } = await devices.registerDevice({
        ...{ deviceId: uuidv7(), userId: user, kind, name },
        address: subscription?.endpoint ?? token ?? "",
        p256dh: subscription?.keys.p256dh ?? null,
        auth: subscription?.keys.auth ?? null,
      });
      return { ...device, created };
    },
    async renameDevice(input) {
      const { user, deviceId, name } = await known(parseInput(renamedDeviceSchema, input));
      return devices.renameDevice(user, deviceId, name);
    },
    async removeDevice(input) {
      const { user, deviceId } = await known(parseInput(deviceRefSchema, input));
      await devices.removeDevice(user, deviceId);
    },
    webPushKey: async () => ({ publicKey: await ports.publicKey() }),
  };
}

/** @throws InvalidInput */
function refuseMuting(chosen: readonly NotificationChoice[]): void {
  const problems = chosen.flatMap(({ kind, enabled }, at) =>
    enabled || findNotificationKind(kind)?.severity !== "critical"
      ? []
      : [
          {
            field: `preferences.${at}.enabled`,
            problem: `must be true: ${kind} is critical and cannot be muted`,
          },
        ],
  );
  if (problems.length > 0) throw new InvalidInput(problems);
}

/** Where its name leads is looked at when it is written to. @throws InvalidInput */
function checkEndpoint(endpoint: string, { ports, allowPrivate }: WishPorts): void {
  const field = "subscription.endpoint";
  const parsed = parseWebhookUrl(endpoint, ports);
  if ("problem" in parsed) throw new InvalidInput([{ field, problem: parsed.problem }]);
  if (parsed.url.protocol !== "https:" && !allowPrivate)
    throw new InvalidInput([{ field, problem: "must start with https://, as every push service's does" }]);
}

function show({ quietHours, digestAt, ...settings }: NotificationSettings): ShownSettings {
  return {
    ...settings,
    quietHours: quietHours && { from: toTimeOfDay(quietHours.from), to: toTimeOfDay(quietHours.to) },
    digestAt: toTimeOfDay(digestAt),
  };
}

function toTimeOfDay(minutes: number): string {
  const two = (figure: number): string => String(figure).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
