import { InvalidInput } from "../domain/errors.js";

/** A calendar day of a time zone and the instant at which it begins. */
export interface Day {
  /** `YYYY-MM-DD` */
  date: string;
  /** Milliseconds since the epoch. Days are 23 to 25 hours long where clocks change. */
  startMs: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Returns a function that lists the day before `nowMs`, its day, and the two that follow, in order. Whoever counts by
 * another clock (Redis) finds its day among them as long as the clocks differ by less than a day.
 * @param timeZone IANA name, such as `Europe/Berlin`. @throws InvalidInput when there is none of that name.
 */
export function createCalendar(timeZone: string): (nowMs: number) => Day[] {
  const dateOf = dateFormatter(timeZone);
  let days: Day[] = [];
  return (nowMs) => {
    const [, today, tomorrow] = days;
    if (!today || !tomorrow || nowMs < today.startMs || nowMs >= tomorrow.startMs) {
      const midnightUtc = Date.parse(dateOf(nowMs));
      days = [-1, 0, 1, 2].map((offset) => {
        const date = new Date(midnightUtc + offset * dayMs).toISOString().slice(0, 10);
        return { date, startMs: startOf(date, dateOf) };
      });
    }
    return days;
  };
}

/** First instant of a date: bisection, because midnight itself does not exist where clocks go forward at midnight. */
function startOf(date: string, dateOf: (ms: number) => string): number {
  // Offsets from UTC lie between -12 and +14 hours.
  let before = Date.parse(date) - 15 * hourMs;
  let after = Date.parse(date) + 15 * hourMs;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dateOf(middle) >= date) after = middle;
    else before = middle;
  }
  return after;
}

function dateFormatter(timeZone: string): (ms: number) => string {
  let format: Intl.DateTimeFormat;
  try {
    // The Swedish form of a date is ISO 8601.
    format = new Intl.DateTimeFormat("sv-SE", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
  } catch (cause) {
    const problem = "is not the name of a time zone; use one like Europe/Berlin";
    throw new InvalidInput([{ field: "timeZone", problem }], { cause });
  }
  return (ms) => format.format(ms);
}
