import { Router, type Request } from "express";
import { z } from "zod";
import { uuidSchema } from "../../client/input.js";
import { parseInput } from "../../client/input.js";
import type { Session, SignedIn } from "../../db/sessions.js";
import { NotFound } from "../../domain/errors.js";
import { createProblem, ProblemError } from "../problems.js";
import { toWire } from "../wire.js";
import { passwordSchema, sessionAnswer, sessionRow, signInSchema } from "./answers.js";
import { jsonBody, readBody } from "./body.js";
import { refuseForeignScript } from "./cross-site.js";
import type { SignIn } from "./sign-in.js";
import type { Sessions } from "./sessions.js";
import type { SessionStore } from "../../db/sessions.js";

export interface SessionRoutePorts {
  signIn: SignIn;
  sessions: Sessions;
  store: Pick<SessionStore, "listSessions" | "endSessions">;
  publicUrl: string;
}

/** Signing in and out, and one's own sessions. Answers say nothing that a session holds secret. */
export function createSessionRoutes({ signIn, sessions, store, publicUrl }: SessionRoutePorts): Router {
  const router = Router();
  const own = async (request: Request): Promise<SignedIn> => {
    const session = await sessions.require(request);
    refuseForeignScript(request, publicUrl);
    return session;
  };
  router.use(["/api/session", "/api/sessions"], (_request, response, next) => {
    response.set("Cache-Control", "no-store");
    next();
  });

  router.post("/api/session", jsonBody, async (request, response) => {
    refuseForeignScript(request, publicUrl);
    const refused = await signIn.withPassword(request, response, readBody(signInSchema, request));
    if (refused) throw new ProblemError(refused);
    response.status(201).json({ signed_in: true });
  });
  router.get("/api/session", async (request, response) => {
    response.json(sessionToJson(await sessions.require(request)));
  });
  router.delete("/api/session", async (request, response) => {
    refuseForeignScript(request, publicUrl);
    await signIn.out(request, response);
    response.status(204).end();
  });
  router.post("/api/session/password", jsonBody, async (request, response) => {
    const session = await own(request);
    await signIn.changePassword(request, response, { session, ...readBody(passwordSchema, request) });
    response.status(204).end();
  });

  router.get("/api/sessions", async (request, response) => {
    const { userId, sessionId } = await sessions.require(request);
    const rows = await store.listSessions(userId);
    response.json({ data: rows.map((row) => rowToJson(row, sessionId)), next: null });
  });
  router.delete("/api/sessions", async (request, response) => {
    const { userId } = await own(request);
    const ended = await store.endSessions(userId);
    await signIn.out(request, response);
    response.json({ ended });
  });
  router.delete("/api/sessions/:session_id", async (request, response) => {
    const { userId } = await own(request);
    const only = parseInput(z.object({ session_id: uuidSchema }), request.params).session_id;
    if ((await store.endSessions(userId, { only })) === 0) throw new NotFound("session", only);
    response.status(204).end();
  });
  router.all(["/api/session", "/api/sessions", "/api/session/password"], (_request, response) => {
    response.set("Allow", "GET, POST, DELETE");
    throw new ProblemError(createProblem(405, "This takes GET, POST or DELETE."));
  });
  return router;
}

function sessionToJson(session: SignedIn): unknown {
  const { userId, email, name, admin, secondFactor } = session;
  return toWire(sessionAnswer, {
    ...session,
    user: { userId, email, name, admin },
    tenants: session.tenants.map(({ requireTotp, ...tenant }) => ({
      ...tenant,
      needsTotp: requireTotp && !secondFactor,
    })),
  });
}

function rowToJson(row: Session, current: string): unknown {
  return toWire(sessionRow, { ...row, current: row.sessionId === current });
}
