/** When a tenant's recipients are at work, on their own clocks. */
export interface BusinessHours {
  /** Days of the week (ISO 8601): 1 Monday to 7 Sunday. */
  days: number[];
  /** Minutes since midnight; open from `from` up to, not including, `to`. */
  from: number;
  to: number;
}

/** How long to wait. Days are the recipient's calendar days: nine o'clock stays nine o'clock when clocks change. */
export interface Delay {
  days: number;
  minutes: number;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const formats = new Map<string, Intl.DateTimeFormat>();

/** The zone's wall clock at an instant, as epoch milliseconds at which a clock in UTC would show the same. */
export function toWallClock(instantMs: number, zone: string): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(instantMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const seconds = Date.UTC(
    ...([part("year"), part("month") - 1, part("day")] as const),
    ...([part("hour"), part("minute"), part("second")] as const),
  );
  return seconds + (((instantMs % 1_000) + 1_000) % 1_000);
}

/** The inverse. A time that the clock shows twice is its first; one that it leaps over comes later by as much as it leaps. */
export function fromWallClock(wallMs: number, zone: string): number {
  const offsetAt = (instantMs: number): number => toWallClock(instantMs, zone) - instantMs;
  // No offset exceeds a day, so that these are the offsets before and after a change that is near.
  const before = wallMs - offsetAt(wallMs - dayMs);
  const after = wallMs - offsetAt(wallMs + dayMs);
  const shown = [before, after].filter((instantMs) => toWallClock(instantMs, zone) === wallMs);
  return shown.length > 0 ? Math.min(...shown) : before;
}

export function addDelay(instantMs: number, { days, minutes }: Delay, zone: string): number {
  const moved = days === 0 ? instantMs : fromWallClock(toWallClock(instantMs, zone) + days * dayMs, zone);
  return moved + minutes * minuteMs;
}

/** The instant itself when it lies in business hours, else when these begin next. */
export function nextOpening(instantMs: number, hours: BusinessHours | null, zone: string): number {
  if (hours === null) return instantMs;
  const today = Math.floor(toWallClock(instantMs, zone) / dayMs) * dayMs;
  // A second week: clocks may leap over a short window on the only day it opens.
  for (let day = today; day <= today + 14 * dayMs; day += dayMs) {
    if (!hours.days.includes(weekdayOf(day))) continue;
    const opening = Math.max(instantMs, fromWallClock(day + hours.from * minuteMs, zone));
    const closing = fromWallClock(day + hours.to * minuteMs, zone);
    if (opening < closing && isOpen(opening, hours, zone)) return opening;
  }
  return instantMs;
}

export function isOpen(instantMs: number, { days, from, to }: BusinessHours, zone: string): boolean {
  const wallMs = toWallClock(instantMs, zone);
  const minute = (wallMs - Math.floor(wallMs / dayMs) * dayMs) / minuteMs;
  return days.includes(weekdayOf(wallMs)) && minute >= from && minute < to;
}

function weekdayOf(wallMs: number): number {
  return new Date(wallMs).getUTCDay() || 7;
}

/** Making a format costs a hundred times what using it does. */
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      ...({ year: "numeric", month: "numeric", day: "numeric" } as const),
      ...({ hour: "numeric", minute: "numeric", second: "numeric" } as const),
    });
    formats.set(zone, format);
  }
  return format;
}
