import express, { Router } from "express";
import { z } from "zod";
import { nameSchema, parseInput, tenantIdSchema } from "../../client/input.js";
import type { RateLimits } from "../../client/rate-limits.js";
import { secondsToLive, type LiveTickets } from "../../throttle/live-tickets.js";
import { admit } from "../admission.js";
import { authenticated, callerOf, type Authentication } from "../authenticate.js";
import { createProblem, ProblemError } from "../problems.js";
import { tenantOf, type TicketBearer } from "./bearer.js";

export interface LiveTicketRoutePorts {
  authentication: Pick<Authentication, "callerOf">;
  tickets: Pick<LiveTickets<TicketBearer>, "issue">;
  rateLimits: Pick<RateLimits, "check">;
}

export const ticketSchema = z.strictObject({
  tenant_id: tenantIdSchema.optional(),
  /** The connection is told nothing but this user's. */
  user_id: nameSchema.optional(),
});

/** `POST /api/live/tickets`: by it a browser connects; a page of ours asks itself, others their server, which has a key. */
export function createLiveTicketRoutes({
  authentication,
  tickets,
  rateLimits,
}: LiveTicketRoutePorts): Router {
  const router = Router();
  router.post(
    "/api/live/tickets",
    authenticated(authentication),
    express.json({ limit: "10kb" }),
    async (request, response) => {
      const { principal, shown } = callerOf(response);
      const { tenant_id: named, user_id: user } = parseInput(ticketSchema, request.body ?? {});
      const tenantId = tenantOf(
        principal,
        new URLSearchParams(named === undefined ? {} : { tenant_id: named }),
      );
      await admit(rateLimits, response, { limit: "api", tenantId, user: principal.actor });
      const ticket = await tickets.issue({ shown, tenantId, user });
      response.status(201).set("Cache-Control", "no-store");
      response.json({ ticket, expires_in_s: secondsToLive });
    },
  );
  router.all("/api/live/tickets", (_request, response) => {
    response.set("Allow", "POST");
    throw new ProblemError(createProblem(405, "This takes POST."));
  });
  router.get("/api/live", (_request, response) => {
    response.set({ Upgrade: "websocket", Connection: "Upgrade" });
    throw new ProblemError(createProblem(426, "This takes WebSocket connections; see docs/live-updates.md."));
  });
  router.all("/api/live", (_request, response) => {
    response.set("Allow", "GET");
    throw new ProblemError(createProblem(405, "This takes GET, for a WebSocket connection."));
  });
  return router;
}
