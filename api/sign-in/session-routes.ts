import { Router, type Request } from "express";
import { z } from "zod";
import { uuidSchema } from "../../client/input.js";
import { parseInput } from "../../client/input.js";
import type { Session, SignedIn } from "../../db/sessions.js";
import { NotFound } from "../../domain/errors.js";
import { createProblem, ProblemError } from "../problems.js";
import { jsonBody, readBody, secretText } from "./body.js";
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

const signInSchema = z.strictObject({
  email: secretText,
  password: secretText,
  /** Of TOTP. */
  code: secretText.optional(),
  recoveryCode: secretText.optional(),
});
const passwordSchema = z.strictObject({ currentPassword: secretText, newPassword: secretText });

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
  return {
    user: { user_id: session.userId, email: session.email, name: session.name, admin: session.admin },
    ...{ method: session.method, second_factor: session.secondFactor, totp: session.totp },
    must_change_password: session.mustChangePassword,
    expires_at: session.expiresAt,
    tenants: session.tenants.map(({ tenantId, name, role, requireTotp }) => ({
      ...{ tenant_id: tenantId, name, role },
      needs_totp: requireTotp && !session.secondFactor,
    })),
  };
}

function rowToJson(row: Session, current: string): unknown {
  return {
    ...{ session_id: row.sessionId, current: row.sessionId === current, method: row.method },
    ...{ second_factor: row.secondFactor, address: row.address, user_agent: row.userAgent },
    ...{ created_at: row.createdAt, last_seen_at: row.lastSeenAt, expires_at: row.expiresAt },
  };
}
