import type { z } from "zod";
import type { FloeCalls } from "../client/assemble.js";
import type { Level, Principal, Resource } from "../domain/access.js";
import type { RateLimitName } from "../domain/rate-limits.js";
import type { WalkedPage } from "../domain/walked-page.js";

export interface OperationContext {
  principal: Principal;
  idempotencyKey: string | undefined;
}

/**
 * One thing that can be asked over HTTP. Its route, its rights, its checks, its page of the reference and its place in the
 * audit log all come from here. Names are the SDK's; over HTTP they are in snake_case.
 */
export interface Operation<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  /** `campaigns.create`: stable, as audit logs and generated clients have it. */
  id: string;
  method: "get" | "post" | "put" | "patch" | "delete";
  /** `/api/campaigns/:campaign_id`; parts in snake_case are fields of the input. */
  path: string;
  summary: string;
  resource: Resource;
  level: Level;
  /** An object. With `tenantId` it is about one tenant: that of whoever asks, or which the platform's request names. */
  input: Input;
  /** Of one row, for a page; absent: nothing is answered (204, or 202 for what acts later). */
  output?: Output;
  /** 200 when left out, and when the answer says that nothing new was made (`created: false`). */
  status?: 200 | 201 | 202;
  /** Where what was made is found, such as `/api/sends/:send_id`; absent: below `path`, by the answer's first id. */
  location?: string;
  /** Field of a row by which the next page begins, as the input's `before` or `after`. */
  page?: { cursor: string; by: "before" | "after" };
  /** What of the answer depends on the result. */
  respond?: (result: z.output<Output>) => { status?: number; headers?: Record<string, string> };
  /** Answers with all rows at once, in the form of a page. */
  isList?: true;
  /** A page, or one row alone when the input says which. */
  orOne?: true;
  /** The operation that looks at what this one changes: its ETag is what `If-Match` is held against. */
  edits?: string;
  /** Counted by this limit instead of the key's. */
  limit?: RateLimitName;
  /** It keeps Idempotency-Keys itself, for longer. */
  keepsKeys?: true;
  /** The answer holds what lets somebody in, shown here and nowhere else: no cache may have it. */
  secret?: true;
  /** No line of the audit log is written here: the SDK writes one with the change, or what is made is a record itself. */
  recorded?: true;
  /** Bytes; 1 MB when left out. */
  largestBody?: number;
  call: (floe: FloeCalls, input: z.input<Input>, context: OperationContext) => Promise<AnswerOf<Output>>;
}

type AnswerOf<Output extends z.ZodType> =
  z.output<Output> | z.output<Output>[] | WalkedPage<z.output<Output>> | void;

/** Keeps the types of one operation while it is written; a table of them has none. */
export function operation<Input extends z.ZodType, Output extends z.ZodType>(
  definition: Operation<Input, Output>,
): Operation {
  return definition;
}
