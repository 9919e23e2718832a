import type { Request } from "express";
import type { Answer } from "../db/kept-answers.js";
import { WalkedPage } from "../domain/walked-page.js";
import { tagOf } from "./etags.js";
import type { Input } from "./operation-input.js";
import type { Operation } from "./operation.js";
import { toWire } from "./wire.js";

/** Rows of a page unless told. */
const defaultLimit = 100;

export interface Page {
  data: unknown[];
  /** To be given as `before` or `after` for the next one, also of a page that is not full; null: this is the last. */
  next: string | null;
}

/** What is answered, as JSON has it: one thing, or `data` with the rows of a page. */
export function toBody(
  { id, output, page, isList, orOne }: Operation,
  input: Input,
  result: unknown,
): unknown {
  if (!output) return null;
  const listed = page !== undefined || isList === true;
  const rows = rowsOf(result);
  if ((rows !== null) !== listed && !(orOne && rows === null))
    throw new Error(`${id} answers otherwise than its document says.`);
  if (rows === null) return toWire(output, result);
  const data = rows.map((row) => toWire(output, row));
  if (result instanceof WalkedPage) return { data, next: result.next } satisfies Page;
  if (!page) return { data, next: null } satisfies Page;
  const last = (rows as Record<string, string | number>[]).at(-1)?.[page.cursor];
  const full = data.length >= Number(input.limit ?? defaultLimit);
  return { data, next: full && last !== undefined ? String(last) : null } satisfies Page;
}

/** Null: it is one thing. */
function rowsOf(result: unknown): unknown[] | null {
  if (result instanceof WalkedPage) return result.rows as unknown[];
  return Array.isArray(result) ? (result as unknown[]) : null;
}

export function toAnswer(
  operation: Operation,
  { request, input }: { request: Request; input: Input },
  result: unknown,
): Answer {
  const { output, page } = operation;
  if (!output) return { status: operation.status ?? 204, headers: {}, body: null };
  const value = toBody(operation, input, result);
  const body = JSON.stringify(value);
  const own = operation.respond?.(result) ?? {};
  return {
    status: own.status ?? (madeNothing(value) ? 200 : (operation.status ?? 200)),
    headers: {
      ...own.headers,
      ...{
        "Content-Type": "application/json; charset=utf-8",
        ETag: tagOf(body),
        "Cache-Control": operation.secret ? "no-store" : "no-cache",
      },
      ...(page && rowsOf(result) !== null && linkNext(request, (value as Page).next, page.by)),
      ...(operation.status !== undefined && locate(operation, request, value)),
    },
    body,
  };
}

/** RFC 8288. */
function linkNext(request: Request, next: string | null, by: string): Record<string, string> {
  if (next === null) return {};
  const query = new URLSearchParams(request.query as Record<string, string>);
  query.set(by, next);
  return { Link: `<${request.path}?${query.toString()}>; rel="next"` };
}

/** What was asked for stood already. */
function madeNothing(body: unknown): boolean {
  return typeof body === "object" && body !== null && "created" in body && body.created === false;
}

/** What was made is found under its own path, or under the path that made it, by its id. */
function locate({ location }: Operation, request: Request, body: unknown): Record<string, string> {
  const made = body as Record<string, unknown>;
  if (location !== undefined)
    return {
      Location: location.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(made[name]))),
    };
  const id = Object.entries(made).find(
    ([name, value]) => name.endsWith("_id") && name !== "tenant_id" && typeof value === "string",
  );
  if (!id || Object.keys(request.params).length > 0) return {};
  return { Location: `${request.path}/${String(id[1])}` };
}
