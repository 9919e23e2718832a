/** When a mailbox of the warmup pool writes, how often and to whom. Seeded: asked again, it is the same. */
import { fromWallClock, isOpen, type BusinessHours } from "./business-hours.js";
import { seededRandom } from "./seeded-random.js";

/** Monday to Friday, nine to five. */
export const usualHours: BusinessHours = { days: [1, 2, 3, 4, 5], from: 9 * 60, to: 17 * 60 };

/** Share of a day's allowance that begins threads; the rest is for answers. Above the 70 % from which a day counts. */
const startShare = 0.75;

export function threadsOf(perDay: number): number {
  return Math.ceil(perDay * startShare);
}

export interface SendWindow {
  fromMs: number;
  toMs: number;
}

const minuteMs = 60_000;
/** Nobody writes two letters within a minute. */
const leastGapMs = minuteMs;

/** What is left of the day's business hours; null: nothing. @param day `YYYY-MM-DD` */
export function windowOf(
  day: string,
  nowMs: number,
  { hours, timeZone }: { hours: BusinessHours; timeZone: string },
): SendWindow | null {
  const midnight = Date.parse(day);
  const fromMs = Math.max(nowMs, fromWallClock(midnight + hours.from * minuteMs, timeZone));
  const toMs = fromWallClock(midnight + hours.to * minuteMs, timeZone);
  return fromMs < toMs && isOpen(fromMs, hours, timeZone) ? { fromMs, toMs } : null;
}

/**
 * One moment in each of as many even parts of the window, wherever in its part: neither in step nor in a heap. Where the window
 * has no room for a minute each, there are fewer.
 */
export function sendTimes(seed: string, count: number, { fromMs, toMs }: SendWindow): number[] {
  const room = Math.floor((toMs - fromMs) / (2 * leastGapMs));
  const fitting = Math.max(0, Math.min(count, room));
  const random = seededRandom(seed);
  const part = (toMs - fromMs) / Math.max(1, fitting);
  return Array.from({ length: fitting }, (_, nth) => {
    // The end of a part is left free, so that the next one keeps its distance.
    const within = random() * (part - leastGapMs);
    return Math.floor(fromMs + nth * part + within);
  });
}

/** As evenly as can be, in an order of the seed's own. */
export function recipientsOf<T>(seed: string, count: number, others: readonly T[]): T[] {
  const random = seededRandom(seed);
  const order = [...others];
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other] as T, order[at] as T];
  }
  return order.length === 0 ? [] : Array.from({ length: count }, (_, nth) => order[nth % order.length] as T);
}
