import { Agent, request } from "undici";
import type { Push, PushPort } from "../activities/notification-ports.js";
import type { NotifyOutcome } from "../domain/notification-attempt.js";
import { createAccessTokens, TokenRefused, type ServiceAccount } from "./access-token.js";
import { deferred, ended, isOverloaded, noAnswer, parseAnswer } from "./reason.js";

export interface FcmOptions {
  account: ServiceAccount;
  /** `https://fcm.googleapis.com`, or who stands in for it. */
  url: string;
  /** PEM of an authority of one's own. */
  ca?: Buffer | undefined;
  now?: (() => number) | undefined;
}

/** Phones by Firebase Cloud Messaging, HTTP v1. A repeat replaces what is shown already, by its tag. */
export function createFcm({ account, url, ca, now }: FcmOptions): PushPort {
  const dispatcher = new Agent(ca ? { connect: { ca } } : {});
  const tokens = createAccessTokens(account, { dispatcher, ...(now && { now }) });
  const target = `${url}/v1/projects/${encodeURIComponent(account.projectId)}/messages:send`;
  return {
    async send(push, { address }, signal) {
      try {
        const token = await tokens.get(signal);
        const { statusCode, headers, body } = await request(target, {
          ...{ dispatcher, method: "POST", signal },
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          body: JSON.stringify({ message: toMessage(push, address) }),
        });
        if (statusCode === 401) tokens.forget(token);
        const answer = { status: statusCode, text: await body.text(), retryAfter: headers["retry-after"] };
        return toOutcome(answer);
      } catch (error) {
        if (error instanceof TokenRefused)
          return deferred(error.message, { status: error.status, retryAfter: error.retryAfter });
        return noAnswer("FCM", error);
      }
    },
    close: () => dispatcher.close(),
  };
}

function toMessage(push: Push, token: string): Record<string, unknown> {
  const { messageId, title, body, url, urgent, ttlSeconds, notificationIds } = push;
  return {
    token,
    notification: { title, body },
    data: { url, message_id: messageId, notification_ids: notificationIds.slice(0, 20).join(",") },
    android: {
      ...{ collapse_key: messageId, priority: urgent ? "HIGH" : "NORMAL", ttl: `${ttlSeconds}s` },
      notification: { tag: messageId },
    },
    apns: { headers: { "apns-collapse-id": messageId, "apns-priority": urgent ? "10" : "5" } },
  };
}

interface Answer {
  status: number;
  text: string;
  retryAfter: string | string[] | undefined;
}

/** Of `google.firebase.fcm.v1.FcmError`: the token is nobody's any more, or another sender's. */
const goneCodes: readonly string[] = ["UNREGISTERED", "SENDER_ID_MISMATCH"];

function toOutcome({ status, text, retryAfter }: Answer): NotifyOutcome {
  const answer = parseAnswer(text);
  if (status === 200)
    return { kind: "accepted", providerId: typeof answer?.name === "string" ? answer.name : null };
  const code = errorCode(answer);
  const detail = `FCM answered ${status}${code === "" ? "" : ` ${code}`}.`;
  if (goneCodes.includes(code)) return ended("gone", detail, status);
  // Credentials can be mended, by whoever runs Floe.
  if (status === 401 || status === 403 || isOverloaded(status))
    return deferred(detail, { status, retryAfter });
  return ended("rejected", detail, status);
}

/** What FCM says in the details is more exact than the status. */
function errorCode(answer: Record<string, unknown> | null): string {
  const error = answer?.error as { status?: unknown; details?: unknown } | undefined;
  const details = Array.isArray(error?.details) ? (error.details as { errorCode?: unknown }[]) : [];
  const code = details.find(({ errorCode }) => typeof errorCode === "string")?.errorCode ?? error?.status;
  return typeof code === "string" ? code.slice(0, 100) : "";
}
