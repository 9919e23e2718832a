import { fromWallClock, toWallClock } from "./business-hours.js";
import { defaultChannels, type Channel, type Severity } from "./notification-kinds.js";

export const digests = ["off", "hourly", "daily"] as const;
export type Digest = (typeof digests)[number];

/** How somebody wants to be told. Times of day are minutes since midnight, on their clock. */
export interface NotificationWishes {
  /** IANA name. */
  timeZone: string;
  /** From and to; may pass midnight. Null: there are none. */
  quiet: { from: number; to: number } | null;
  /** What is not critical comes in one email. */
  digest: Digest;
  /** Of a daily one. */
  digestAt: number;
  /** What differs from the kind's defaults. */
  choices: readonly { kind: string; channel: Channel; enabled: boolean }[];
}

export interface DecidedNotification {
  kind: string;
  severity: Severity;
  createdMs: number;
}

export type Decision =
  | { kind: "send" }
  | { kind: "wait"; untilMs: number; reason: "digest" | "quiet_hours" }
  | { kind: "skip"; reason: "muted" };

/** Somebody asked for it a moment ago, to see whether it arrives. */
export const testKind = "notification.test";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * Whether a notification goes out by a channel now. What is critical always does. A digest's time follows from when the
 * notification was made, so that it is the same whenever it is asked.
 */
export function decide(
  { kind, severity, createdMs }: DecidedNotification,
  channel: Channel,
  wishes: NotificationWishes,
  nowMs: number,
): Decision {
  if (severity === "critical" || kind === testKind) return { kind: "send" };
  if (!isWanted(kind, severity, channel, wishes)) return { kind: "skip", reason: "muted" };
  if (channel === "email" && wishes.digest !== "off") {
    const untilMs = nextDigest(createdMs, wishes);
    if (nowMs < untilMs) return { kind: "wait", untilMs, reason: "digest" };
  }
  if (isQuiet(nowMs, wishes))
    return { kind: "wait", untilMs: quietEnd(nowMs, wishes), reason: "quiet_hours" };
  return { kind: "send" };
}

export function isWanted(
  kind: string,
  severity: Severity,
  channel: Channel,
  { choices }: Pick<NotificationWishes, "choices">,
): boolean {
  const choice = choices.find((made) => made.kind === kind && made.channel === channel);
  return choice?.enabled ?? defaultChannels(kind, severity).includes(channel);
}

type Clock = Pick<NotificationWishes, "timeZone" | "quiet">;

export function isQuiet(nowMs: number, { timeZone, quiet }: Clock): boolean {
  if (quiet === null) return false;
  const minute = Math.floor(timeOfDay(toWallClock(nowMs, timeZone)) / minuteMs);
  const { from, to } = quiet;
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** The next end of the quiet hours, given an instant in them. Where the clock shows it twice, that which comes next. */
export function quietEnd(nowMs: number, { timeZone, quiet }: Clock): number {
  if (quiet === null) return nowMs;
  const endsAt = quiet.to * minuteMs;
  const left = endsAt - timeOfDay(toWallClock(nowMs, timeZone));
  const straightMs = nowMs + (left > 0 ? left : left + dayMs);
  const isThen = timeOfDay(toWallClock(straightMs, timeZone)) === endsAt;
  return isThen ? straightMs : nextTimeOfDay(nowMs, quiet.to, timeZone);
}

/** When the digest leaves that a notification of this instant is in. */
export function nextDigest(
  createdMs: number,
  { timeZone, digest, digestAt }: Pick<NotificationWishes, "timeZone" | "digest" | "digestAt">,
): number {
  if (digest === "daily") return nextTimeOfDay(createdMs, digestAt, timeZone);
  const wallMs = toWallClock(createdMs, timeZone);
  return createdMs + (Math.floor(wallMs / hourMs) + 1) * hourMs - wallMs;
}

function nextTimeOfDay(afterMs: number, minute: number, timeZone: string): number {
  const wallMs = toWallClock(afterMs, timeZone);
  const today = wallMs - timeOfDay(wallMs) + minute * minuteMs;
  const next = fromWallClock(today, timeZone);
  return next > afterMs ? next : fromWallClock(today + dayMs, timeZone);
}

function timeOfDay(wallMs: number): number {
  return wallMs - Math.floor(wallMs / dayMs) * dayMs;
}
