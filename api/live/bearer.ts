import type { IncomingMessage } from "node:http";
import { nameSchema, tenantIdSchema } from "../../client/input.js";
import type { Principal } from "../../domain/access.js";
import { ticketProtocol } from "../../domain/live-updates.js";
import type { LiveTickets } from "../../throttle/live-tickets.js";
import { readShown, type Authentication, type Shown } from "../authenticate.js";
import { createProblem, ProblemError } from "../problems.js";

/** Whom a ticket stands for. */
export interface TicketBearer {
  shown: Shown;
  tenantId: string;
  /** Its connection is told nothing but this user's. */
  user?: string | undefined;
}

/** Who is on the other end of a connection. */
export interface LiveBearer extends TicketBearer {
  principal: Principal;
}

export interface BearerPorts {
  authentication: Pick<Authentication, "recognise">;
  tickets: Pick<LiveTickets<TicketBearer>, "redeem">;
}

/**
 * By the key in the Authorization header, or by a ticket among the offered protocols or in the query: browsers can set no
 * header.
 * @throws ProblemError 401, 403; Unavailable
 */
export async function bearerOf(
  { authentication, tickets }: BearerPorts,
  request: IncomingMessage,
): Promise<LiveBearer> {
  const query = queryOf(request);
  const { authorization } = request.headers;
  const ticket = authorization === undefined ? ticketOf(request, query) : undefined;
  const bearer = ticket === undefined ? shownBearer(authorization, query) : await tickets.redeem(ticket);
  const principal = bearer && (await authentication.recognise(bearer.shown));
  if (!bearer || !principal) throw new ProblemError(createProblem(401, notLetIn));
  const tenantId = bearer.tenantId === "" ? tenantOf(principal, query) : bearer.tenantId;
  return { ...bearer, principal, tenantId };
}

const notLetIn =
  "Show an API key that is valid (Authorization: Bearer <key>), or a ticket of POST /api/live/tickets that was not used yet.";

function shownBearer(authorization: string | undefined, query: URLSearchParams): TicketBearer | null {
  const shown = readShown(authorization);
  const user = query.get("user_id");
  const named = nameSchema.safeParse(user);
  if (user !== null && !named.success)
    throw new ProblemError(createProblem(422, "user_id: must be the name of a user, 1 to 200 characters."));
  return shown && { shown, tenantId: "", user: named.data };
}

/** Whoever belongs to a tenant need not name it, and cannot name another. @throws ProblemError */
export function tenantOf({ tenantId }: Principal, query: URLSearchParams): string {
  const named = query.get("tenant_id");
  if (tenantId !== null && named !== null && named !== tenantId)
    throw new ProblemError(createProblem(403, "The key is of another tenant than tenant_id says."));
  const parsed = tenantIdSchema.safeParse(tenantId ?? named);
  if (parsed.success) return parsed.data;
  throw new ProblemError(createProblem(422, "tenant_id: name the tenant whose updates are wanted."));
}

export function queryOf(request: IncomingMessage): URLSearchParams {
  return new URLSearchParams(request.url?.split("?")[1] ?? "");
}

function ticketOf(request: IncomingMessage, query: URLSearchParams): string | undefined {
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  const ticket = offered.find((name) => name.startsWith(ticketProtocol));
  return ticket?.slice(ticketProtocol.length) ?? query.get("ticket") ?? undefined;
}
