import type { Request, Response } from "express";
import { v7 as uuidv7 } from "uuid";
import { hashOfToken, newSecretToken } from "../../client/secret-token.js";
import type { SessionStore, SignedIn, SignInMethod } from "../../db/sessions.js";
import { sessionLimits } from "../../domain/sessions.js";
import { createProblem, ProblemError } from "../problems.js";
import type { Cookies } from "./cookies.js";

/** Sessions as requests show them: 256 random bits in a cookie, of which Postgres has the hash. */
export interface Sessions {
  /** Null when nobody is signed in. */
  find(request: Request): Promise<SignedIn | null>;
  /** @throws ProblemError 401 when nobody is signed in */
  require(request: Request): Promise<SignedIn>;
  /** Always a new one: what the browser had before, whoever put it there, ends. */
  begin(request: Request, response: Response, session: NewSignIn): Promise<void>;
  /** The same session under another secret, because it may something else from now on. */
  renew(response: Response, session: SignedIn, change?: { secondFactor?: boolean }): Promise<void>;
  /** Again changes nothing. */
  end(request: Request, response: Response): Promise<SignedIn | null>;
}

export interface NewSignIn {
  userId: string;
  method: SignInMethod;
  secondFactor: boolean;
}

const longestUserAgent = 300;

export function createSessions(store: SessionStore, cookies: Cookies): Sessions {
  const find = async (request: Request): Promise<SignedIn | null> => {
    const token = cookies.read(request, "floe-session");
    if (token === undefined || !/^[A-Za-z0-9_-]{43}$/.test(token)) return null;
    const found = await store.findSession(hashOfToken(token));
    if (found && Date.now() - found.lastSeenAt.getTime() > sessionLimits.seenEveryMs)
      await store.recordSeen(found.sessionId);
    return found;
  };
  const show = (response: Response, token: string): void =>
    cookies.set(response, "floe-session", token, { maxAgeMs: sessionLimits.longestMs });
  return {
    find,
    async require(request) {
      const found = await find(request);
      if (!found) throw new ProblemError(createProblem(401, "Nobody is signed in here: POST /api/session."));
      return found;
    },
    async begin(request, response, session) {
      const before = await find(request);
      const token = newSecretToken();
      // First, because it refuses where no cookie may be.
      show(response, token);
      if (before) await store.endSessions(before.userId, { only: before.sessionId });
      await store.createSession({
        ...{ ...session, sessionId: uuidv7(), hash: hashOfToken(token), address: addressOf(request) },
        userAgent: request.get("user-agent")?.slice(0, longestUserAgent) ?? null,
      });
    },
    async renew(response, { sessionId }, change = {}) {
      const token = newSecretToken();
      if (await store.renewSession(sessionId, { hash: hashOfToken(token), ...change })) show(response, token);
    },
    async end(request, response) {
      const found = await find(request);
      cookies.clear(response, "floe-session");
      if (found) await store.endSessions(found.userId, { only: found.sessionId });
      return found;
    },
  };
}

/** Behind as many proxies as TRUSTED_PROXIES says. */
export function addressOf(request: Request): string {
  return request.ip ?? "unknown";
}
