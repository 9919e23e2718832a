/** When a warmup's day is planned: calendar days of the configured time zone, whatever clocks do. */
import { fromWallClock, toWallClock } from "./business-hours.js";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The hour at which `warmup-scheduler` wakes warmups; by then the night has told most of the day before's bounces. */
export const planningHour = 9;
/** A warmup that nobody woke plans its day itself: an hour later, spread over an hour, so that not all begin at once. */
const alarmHour = 10;
const spreadMs = hourMs;

/** `YYYY-MM-DD` that the zone's calendar shows. */
export function dayOf(instantMs: number, timeZone: string): string {
  return new Date(toWallClock(instantMs, timeZone)).toISOString().slice(0, 10);
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);
}

/** Whole days from one date to another; negative when that one is earlier. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMs);
}

/** When the warmup plans the day after this one by itself. */
export function alarmAfter(
  day: string,
  { warmupId, timeZone }: { warmupId: string; timeZone: string },
): number {
  const wallMs = Date.parse(addDays(day, 1)) + alarmHour * hourMs + spreadOf(warmupId);
  return fromWallClock(wallMs, timeZone);
}

/** The same for a warmup each day; the end of a UUIDv7 is random. */
function spreadOf(warmupId: string): number {
  return Math.floor((Number.parseInt(warmupId.slice(-6), 16) / 0x1000000) * spreadMs);
}
