import type { Dispatcher } from "undici";

/** Kept of an answer's text, for whoever looks for the cause. */
const keptBytes = 1_024;
/** Read of an answer so that its connection can be used again; past that, closing it is cheaper. */
const readBytes = 65_536;
/** A receiver that asks for more waits no longer than that. */
const longestRetryAfterMs = 30 * 86_400_000;

export interface Answer {
  status: number;
  retryAfterMs?: number;
  body: string;
}

export async function readAnswer(response: Dispatcher.ResponseData, now: number): Promise<Answer> {
  const retryAfterMs = parseRetryAfter(response.headers["retry-after"], now);
  return {
    status: response.statusCode,
    ...(retryAfterMs !== null && { retryAfterMs }),
    body: await readBeginning(response.body),
  };
}

/** The status has been said, so an answer that goes on for longer than is read is complete all the same. */
async function readBeginning(body: AsyncIterable<Buffer>): Promise<string> {
  const kept: Buffer[] = [];
  let read = 0;
  for await (const chunk of body) {
    if (read < keptBytes) kept.push(chunk.subarray(0, keptBytes - read));
    read += chunk.length;
    if (read > readBytes) break;
  }
  // In stream mode a character that was cut in two is left out. Postgres has no text with a NUL.
  return new TextDecoder().decode(Buffer.concat(kept), { stream: true }).replaceAll("\0", "\uFFFD");
}

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
