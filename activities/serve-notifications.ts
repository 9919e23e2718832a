import { cancellationSignal } from "@temporalio/activity";
import { randomUUID } from "node:crypto";
import { judgeNotify, type NotifyOutcome } from "../domain/notification-attempt.js";
import { toEmail, toHeadline } from "../domain/notification-content.js";
import { toMessages } from "../domain/notification-grouping.js";
import type { Channel } from "../domain/notification-kinds.js";
import { decide } from "../domain/notification-wishes.js";
import { beating } from "./beating.js";
import { withFailures } from "./failures.js";
import type {
  DueDelivery,
  NotificationDeliveryStore,
  NotifiedUser,
  NotifyOutlook,
  NotifyProviders,
} from "./notification-ports.js";

export interface ServeNotificationsActivities {
  /**
   * Sends somebody what is due. One at a time: the workflow sees to that. Ended by a crash, what was under way falls due
   * again by itself, in the same message.
   */
  serveNotifications(input: { userId: string }): Promise<NotifyOutlook>;
}

export type NotifyResult = "sent" | "retried" | "failed" | "skipped";

export interface ServeNotificationsPorts {
  store: NotificationDeliveryStore;
  providers: NotifyProviders;
  observe: (event: { channel: Channel; result: NotifyResult; deliveries: number }) => void;
}

export interface ServeNotificationsOptions {
  stopping: AbortSignal;
  /** Where people read and choose; links lead there. */
  inboxUrl: string;
  now?: () => number;
}

/** Messages to one person under way at once. */
const atOnce = 8;
const pageSize = 500;
/** One message, all of it; then the provider counts as away. */
const timeoutMs = 20_000;
/** Beyond that, before an attempt counts as lost. */
const leaseMs = timeoutMs + 20_000;
/** Of what nobody needs to act on at once. */
const ttlSeconds = 24 * 3_600;

export function createServeNotificationsActivities(
  ports: ServeNotificationsPorts,
  options: ServeNotificationsOptions,
): ServeNotificationsActivities {
  const { store } = ports;
  const now = options.now ?? Date.now;
  return withFailures({
    async serveNotifications({ userId }: { userId: string }) {
      return beating(async () => {
        const user = await store.keepServing(userId, now());
        if (user) await serve(ports, { ...options, now }, user);
        else await store.abandon(userId);
        return store.endServing(userId, now());
      });
    },
  });
}

type Options = ServeNotificationsOptions & { now: () => number };

/** Until nothing is due: what comes meanwhile is of the next page. */
async function serve(ports: ServeNotificationsPorts, options: Options, user: NotifiedUser): Promise<void> {
  const { store } = ports;
  const cancelled = cancellationSignal();
  while (!options.stopping.aborted && !cancelled.aborted) {
    const due = await store.listDue(user.userId, { nowMs: options.now(), limit: pageSize });
    if (due.length === 0) return;
    const sendable = await settleDecided(ports, options, user, due);
    const messages = toMessages(sendable, user.wishes.digest);
    for (let i = 0; i < messages.length; i += atOnce) {
      // Those that were begun end; a stop begins none.
      if (options.stopping.aborted || cancelled.aborted) return;
      await Promise.all(
        messages.slice(i, i + atOnce).map((message) => attempt(ports, options, user, message)),
      );
      await store.keepServing(user.userId, options.now());
    }
  }
}

/** What is to wait or to be left out is written down as such. @returns the rest */
async function settleDecided(
  { store, providers, observe }: ServeNotificationsPorts,
  { now }: Options,
  { wishes, devices }: NotifiedUser,
  due: readonly DueDelivery[],
): Promise<DueDelivery[]> {
  const nowMs = now();
  const sendable: DueDelivery[] = [];
  const settled = new Map<string, { ids: string[]; settle: (ids: string[]) => Promise<void> }>();
  const collect = (name: string, id: string, settle: (ids: string[]) => Promise<void>): void => {
    const group = settled.get(name) ?? { ids: [], settle };
    settled.set(name, group);
    group.ids.push(id);
  };
  for (const delivery of due) {
    const { deliveryId, channel, deviceId, messageId } = delivery;
    const skip = (reason: string): void => {
      observe({ channel, result: "skipped", deliveries: 1 });
      collect(`skip ${reason}`, deliveryId, (ids) => store.skip(ids, reason));
    };
    const device = devices.find((one) => one.deviceId === deviceId);
    if (deviceId !== null && !device) skip("device_removed");
    else if (!providers[device?.kind ?? "email"]) skip("not_configured");
    else {
      // Once begun, it is done: what may have arrived in part is not held back from the rest.
      const decision =
        messageId === null
          ? decide({ ...delivery, createdMs: delivery.createdAt.getTime() }, channel, wishes, nowMs)
          : ({ kind: "send" } as const);
      if (decision.kind === "send") sendable.push(delivery);
      else if (decision.kind === "skip") skip(decision.reason);
      else {
        const { untilMs, reason } = decision;
        collect(`${reason} ${untilMs}`, deliveryId, (ids) => store.postpone(ids, { untilMs, reason }));
      }
    }
  }
  for (const { ids, settle } of settled.values()) await settle(ids);
  return sendable;
}

async function attempt(
  ports: ServeNotificationsPorts,
  options: Options,
  user: NotifiedUser,
  message: readonly DueDelivery[],
): Promise<void> {
  const { store, observe } = ports;
  const [first] = message;
  if (!first) return;
  const messageId = first.messageId ?? randomUUID();
  const begun = await store.begin({
    ...{ deliveryIds: message.map(({ deliveryId }) => deliveryId), messageId, leaseMs },
    nowMs: options.now(),
  });
  const told = message.filter(({ deliveryId }) => begun.deliveryIds.includes(deliveryId));
  if (told.length === 0) return;
  const begin = performance.now();
  const outcome = await hand(ports, options, user, { messageId, told });
  const verdict = judgeNotify(outcome, begun.attempt, Math.random());
  await store.record(
    {
      ...{ deliveryIds: begun.deliveryIds, outcome, deviceId: first.deviceId, ...verdict },
      durationMs: Math.round(performance.now() - begin),
    },
    options.now(),
  );
  const result = verdict.status === "pending" ? "retried" : verdict.status;
  observe({ channel: first.channel, result, deliveries: told.length });
}

interface Message {
  messageId: string;
  told: readonly DueDelivery[];
}

async function hand(
  { providers }: ServeNotificationsPorts,
  { inboxUrl }: Options,
  { email: to, wishes, devices }: NotifiedUser,
  { messageId, told }: Message,
): Promise<NotifyOutcome> {
  const signal = AbortSignal.any([cancellationSignal(), AbortSignal.timeout(timeoutMs)]);
  const device = devices.find(({ deviceId }) => deviceId === told[0]?.deviceId);
  try {
    if (!device) {
      const content = toEmail(told, { inboxUrl, timeZone: wishes.timeZone });
      return (await providers.email?.send({ messageId, to, ...content }, signal)) ?? notThere;
    }
    const push = {
      ...{ messageId, ...toHeadline(told), ttlSeconds, url: inboxUrl },
      urgent: told.some(({ severity }) => severity === "critical"),
      notificationIds: told.map(({ notificationId }) => notificationId),
    };
    return (await providers[device.kind]?.send(push, device, signal)) ?? notThere;
  } catch (error) {
    // Whose attempt was cancelled does not know what came of it: the lease ends, and it is in doubt.
    cancellationSignal().throwIfAborted();
    const detail = error instanceof Error ? error.message : "It failed.";
    return { kind: "deferred", detail: detail.slice(0, 500), status: null };
  }
}

const notThere: NotifyOutcome = { kind: "deferred", detail: "The channel is not configured.", status: null };
