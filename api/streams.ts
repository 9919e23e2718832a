import type { Request, Response } from "express";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FloeCalls } from "../client/assemble.js";
import { asTenant } from "../db/tenant-pool.js";
import { principalOf, type Authentication } from "./authenticate.js";
import { carryOut, type Call } from "./operation-call.js";
import { readInput } from "./operation-input.js";
import type { Operation } from "./operation.js";

/** What is read or answered as a stream, with rights and names as operations have them. */
export type Stream = Pick<Operation, "id" | "method" | "path" | "summary" | "resource" | "level" | "input">;

export interface StreamPorts {
  floe: FloeCalls;
  authentication: Pick<Authentication, "callerOf">;
}

/** Carries a request out that only looks. */
export async function look<T>(
  stream: Stream,
  { request, response }: { request: Request; response: Response },
  fn: (input: Call["input"]) => Promise<T>,
): Promise<T> {
  const principal = principalOf(response);
  const input = readInput(stream, request, principal);
  return carryOut({ operation: stream, principal, input }, () => fn(input));
}

/** Whoever fetches it may go: then nobody is left to be told. */
export async function sendStream(
  content: Readable | AsyncIterable<unknown>,
  response: Response,
): Promise<void> {
  await pipeline(content, response).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
}

/** Reads it as the tenant, whatever made room for more. */
export async function* readAs(tenantId: string, content: Readable): AsyncGenerator<unknown> {
  const chunks = content[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await asTenant(tenantId, () => chunks.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    content.destroy();
  }
}
