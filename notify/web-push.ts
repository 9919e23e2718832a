import webPush from "web-push";
import type { Push, PushDevice, PushPort } from "../activities/notification-ports.js";
import type { WebhookReply } from "../activities/webhook-ports.js";
import type { NotifyOutcome } from "../domain/notification-attempt.js";
import { deferred, ended, isOverloaded } from "./reason.js";

/** Both in base64url, as browsers take the public one. */
export interface VapidKeys {
  publicKey: string;
  privateKey: string;
}

export interface WebPushOptions {
  /** Asked for each message. */
  keys: () => Promise<VapidKeys>;
  /** Whom a push service may write to: `mailto:` or `https:` (RFC 8292, 2.1). */
  subject: string;
  /** Behind the guard that webhooks have: the URL comes from a browser, and may be anything. */
  post: (request: GuardedRequest, signal: AbortSignal) => Promise<WebhookReply>;
  allowPrivate: boolean;
}

interface GuardedRequest {
  url: string;
  headers: Record<string, string>;
  body: Buffer;
  timeoutMs: number;
  allowPrivate: boolean;
}

const timeoutMs = 15_000;

export function createVapidKeys(): VapidKeys {
  return webPush.generateVAPIDKeys();
}

/** Browsers: RFC 8030 (delivery), 8291 (encryption), 8292 (VAPID). A repeat replaces what still waits, by its Topic. */
export function createWebPush(options: WebPushOptions): PushPort {
  return {
    async send(push, device, signal) {
      const { post, allowPrivate } = options;
      if (!allowPrivate && !device.address.startsWith("https://"))
        return ended("rejected", "The push service's URL must start with https://.", 0);
      const request = toRequest(push, device, { ...options, keys: await options.keys() });
      return toOutcome(await post({ ...request, url: device.address, timeoutMs, allowPrivate }, signal));
    },
    close: async () => undefined,
  };
}

function toRequest(
  push: Push,
  { address, p256dh, auth }: PushDevice,
  { keys, subject }: { keys: VapidKeys; subject: string },
): Pick<GuardedRequest, "headers" | "body"> {
  const { messageId, title, body, url, notificationIds } = push;
  const payload = JSON.stringify({
    ...{
      title,
      body,
      url,
      tag: messageId,
      urgent: push.urgent,
      notification_ids: notificationIds.slice(0, 20),
    },
  });
  const details = webPush.generateRequestDetails(
    { endpoint: address, keys: { p256dh: p256dh ?? "", auth: auth ?? "" } },
    payload,
    {
      vapidDetails: { subject, ...keys },
      TTL: push.ttlSeconds,
      urgency: push.urgent ? "high" : "normal",
      // RFC 8030, 5.4: 32 characters of base64url.
      topic: messageId.replaceAll("-", ""),
    },
  );
  const headers = Object.entries(details.headers as Record<string, string | number>);
  return {
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), String(value)])),
    body: details.body,
  };
}

function toOutcome(reply: WebhookReply): NotifyOutcome {
  if (reply.kind === "refused") return ended("rejected", reply.detail, 0);
  if (reply.kind === "failed") return deferred(reply.detail);
  const { status, body } = reply;
  if (status >= 200 && status < 300) return { kind: "accepted", providerId: null };
  // RFC 8030, 7.3; others answer 410 for who has unsubscribed.
  if (status === 404 || status === 410)
    return ended("gone", `The push service knows the browser no more (${status}).`, status);
  const detail = `The push service answered ${status}. ${body}`.trim();
  if (!isOverloaded(status)) return ended("rejected", detail, status);
  const { retryAfterMs } = reply;
  return { ...deferred(detail, { status }), ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
