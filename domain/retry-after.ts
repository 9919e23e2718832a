/** Who asks for more waits no longer than that. */
const longestRetryAfterMs = 30 * 86_400_000;

/** RFC 9110, 10.2.3: seconds or a date. Null when absent or neither. */
export function parseRetryAfter(header: string | string[] | undefined, now: number): number | null {
  const text = typeof header === "string" ? header.trim() : "";
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : httpDate(text) - now;
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), longestRetryAfterMs);
}

/** `Date.parse` takes a lone number for a year. */
function httpDate(text: string): number {
  return /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN;
}
