import { importPKCS8, SignJWT } from "jose";
import type { OutgoingHttpHeaders } from "node:http2";
import type { Push, PushPort } from "../activities/notification-ports.js";
import type { NotifyOutcome } from "../domain/notification-attempt.js";
import { createApnsConnection, type ApnsAnswer } from "./apns-connection.js";
import { deferred, ended, isOverloaded, noAnswer, parseAnswer } from "./reason.js";

export interface ApnsOptions {
  /** Of a token signing key: PKCS#8, PEM, as the `.p8` file has it. */
  privateKey: string;
  keyId: string;
  teamId: string;
  /** The application's bundle id. */
  topic: string;
  /** `https://api.push.apple.com`, that of the sandbox, or who stands in for it. */
  url: string;
  /** PEM of an authority of one's own. */
  ca?: Buffer | undefined;
  now?: (() => number) | undefined;
}

/** Apple refuses tokens of more than an hour, and those that change more often than every twenty minutes. */
const tokenMs = 45 * 60_000;

/** iPhones and the like by Apple's push service. A repeat replaces what is shown already, by its collapse id. */
export function createApns({ url, ca, topic, ...signing }: ApnsOptions): PushPort {
  const connection = createApnsConnection(url, ca);
  const tokens = createProviderTokens(signing);
  return {
    async send(push, { address }, signal) {
      try {
        const token = await tokens.get();
        const headers = toHeaders(push, { address, topic, token });
        const answer = await connection.post(headers, toBody(push), signal);
        const outcome = toOutcome(answer);
        if (isTokenFault(answer)) tokens.forget();
        return outcome;
      } catch (error) {
        return noAnswer("APNs", error);
      }
    },
    close: () => connection.close(),
  };
}

type Signing = Pick<ApnsOptions, "privateKey" | "keyId" | "teamId" | "now">;

function createProviderTokens({ privateKey, keyId, teamId, now = Date.now }: Signing) {
  let held: { token: Promise<string>; untilMs: number } | undefined;
  const sign = async (): Promise<string> => {
    const key = await importPKCS8(privateKey, "ES256");
    return new SignJWT()
      .setProtectedHeader({ alg: "ES256", kid: keyId })
      .setIssuer(teamId)
      .setIssuedAt(Math.floor(now() / 1_000))
      .sign(key);
  };
  return {
    get(): Promise<string> {
      if (!held || held.untilMs <= now()) held = { token: sign(), untilMs: now() + tokenMs };
      return held.token;
    },
    /** The next message has a new one. */
    forget(): void {
      held = undefined;
    },
  };
}

function toHeaders(
  { messageId, urgent, ttlSeconds }: Push,
  { address, topic, token }: { address: string; topic: string; token: string },
): OutgoingHttpHeaders {
  return {
    ":path": `/3/device/${encodeURIComponent(address)}`,
    authorization: `bearer ${token}`,
    "apns-topic": topic,
    "apns-push-type": "alert",
    "apns-id": messageId,
    "apns-collapse-id": messageId,
    "apns-priority": urgent ? "10" : "5",
    "apns-expiration": String(Math.floor(Date.now() / 1_000) + ttlSeconds),
  };
}

function toBody({ title, body, url, urgent, notificationIds }: Push): string {
  return JSON.stringify({
    aps: {
      ...{ alert: { title, body }, sound: "default" },
      "interruption-level": urgent ? "time-sensitive" : "active",
    },
    ...{ url, notification_ids: notificationIds.slice(0, 20) },
  });
}

/** The token is nobody's any more, or of another application. */
const goneReasons: readonly string[] = [
  "Unregistered",
  "ExpiredToken",
  "BadDeviceToken",
  "DeviceTokenNotForTopic",
];

function toOutcome(answer: ApnsAnswer): NotifyOutcome {
  const { status, apnsId, retryAfter } = answer;
  if (status === 200) return { kind: "accepted", providerId: apnsId };
  const reason = reasonOf(answer);
  const detail = `APNs answered ${status}${reason === "" ? "" : ` ${reason}`}.`;
  if (status === 410 || goneReasons.includes(reason)) return ended("gone", detail, status);
  // Credentials can be mended, by whoever runs Floe.
  if (status === 403 || isOverloaded(status)) return deferred(detail, { status, retryAfter });
  return ended("rejected", detail, status);
}

function isTokenFault(answer: ApnsAnswer): boolean {
  return answer.status === 403 && reasonOf(answer) === "ExpiredProviderToken";
}

function reasonOf({ text }: ApnsAnswer): string {
  const reason = parseAnswer(text)?.reason;
  return typeof reason === "string" ? reason.slice(0, 100) : "";
}
