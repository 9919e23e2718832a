import type { Dispatcher } from "undici";
import { parseRetryAfter } from "../domain/retry-after.js";

/** Kept of an answer's text, for whoever looks for the cause. */
const keptBytes = 1_024;
/** Read of an answer so that its connection can be used again; past that, closing it is cheaper. */
const readBytes = 65_536;

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
