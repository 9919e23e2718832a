import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Problem } from "../problems.js";

/** Answers a request that wanted a connection with why it gets none. */
export function refuseUpgrade(stream: Duplex, problem: Problem): void {
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? "Error"}`,
    "Connection: close",
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    ...(problem.status === 401 ? ['WWW-Authenticate: Bearer realm="floe"'] : []),
    ...(problem.status === 429 || problem.status === 503 ? ["Retry-After: 10"] : []),
  ];
  stream.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => stream.destroy());
}
