import createClient, { type Client } from "openapi-fetch";
import type { operations, paths } from "./api-types.js";
import { awayProblem, problemOfResponse } from "./problem.js";
import { tellAnswered, tellAway, tellSignedOut } from "./standing.js";

/** Everything that the API's document has, with its types. */
export type ApiClient = Client<paths>;

/**
 * Asks as the person who is signed in. With a tenant, in it and with the role there; without, as an admin of the platform.
 * Whatever is not answered well is thrown as an `ApiProblem`.
 */
export function createApi(tenantId: string | null): ApiClient {
  return createClient<paths>({
    baseUrl: location.origin,
    headers: headersIn(tenantId),
    fetch: (request) => ask(request),
    querySerializer: { array: { style: "form", explode: false } },
  });
}

function headersIn(tenantId: string | null): Record<string, string> {
  return { "Floe-Csrf": "1", ...(tenantId !== null && { "Floe-Tenant": tenantId }) };
}

/** Without the types of the document: sessions, and what is no JSON. @throws ApiProblem */
export async function askFor(
  path: string,
  init: RequestInit & { tenantId?: string | null } = {},
): Promise<Response> {
  const { tenantId = null, headers, ...rest } = init;
  const request = new Request(path, { ...rest, headers: { ...headersIn(tenantId), ...(headers as object) } });
  return ask(request);
}

/** A body in JSON, sent by `askFor`. */
export function jsonBody(body: unknown, method = "POST"): RequestInit {
  return { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
}

async function ask(request: Request): Promise<Response> {
  const response = await fetch(request).catch((error: unknown) => {
    if (request.signal.aborted) throw error;
    tellAway();
    throw awayProblem;
  });
  if (response.ok) {
    tellAnswered();
    return response;
  }
  const problem = await problemOfResponse(response);
  if (problem.status === 503 || problem.status === 502) tellAway();
  else tellAnswered();
  const isSignIn = request.method === "POST" && new URL(request.url).pathname === "/api/session";
  if (problem.status === 401 && !isSignIn) tellSignedOut();
  throw problem;
}

/** The body of an answer that came; what did not come was thrown. */
export async function answerOf<T>(
  answer: Promise<{ data?: T; response: Response }>,
): Promise<NonNullable<T>> {
  return (await answer).data as NonNullable<T>;
}

/** What an operation answers with, by its id: `Answer<"nodes.get">`. */
export type Answer<Id extends keyof operations> = operations[Id] extends {
  responses: { 200: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

/** A row of a list, by the operation's id. */
export type RowOf<Id extends keyof operations> = Answer<Id> extends { data: (infer Row)[] } ? Row : never;

export interface Tagged<T> {
  value: T;
  /** Of `If-Match`: a change that carries it is refused when somebody else was faster. */
  tag: string;
}

/** The same with the ETag of what was looked at. */
export async function taggedAnswerOf<T>(
  answer: Promise<{ data?: T; response: Response }>,
): Promise<Tagged<NonNullable<T>>> {
  const { data, response } = await answer;
  return { value: data as NonNullable<T>, tag: response.headers.get("etag") ?? "*" };
}
