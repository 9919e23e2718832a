import type { NextFunction, Request, RequestHandler, Response } from "express";
import { isOneOf, readKeyText } from "../client/api-key-text.js";
import { hashOfToken } from "../client/secret-token.js";
import type { ApiKeyStore, KeyCheck } from "../db/api-keys.js";
import type { Principal } from "../domain/access.js";
import { createProblem, sendProblem } from "./problems.js";
import type { SessionAuthentication, ShownSession } from "./sign-in/principal.js";

export interface AuthenticationPorts {
  keys: Pick<ApiKeyStore, "findKey" | "recordUse">;
  /** Of the configuration: the platform's, for the first steps and for machines. Absent: there is none. */
  apiToken: string | undefined;
  /** People who signed in, when no key is shown. */
  sessions: SessionAuthentication;
}

/** What a request showed, without its secret: enough to ask later whether it would still be let in. */
export type Shown = ShownToken | ShownSession;

export interface ShownToken {
  kind: "token";
  /** SHA-256 of the whole token, in hex. */
  digest: string;
  /** Null when it has not the form of a key. */
  key: { keyId: string; hash: string } | null;
}

/** Who asks, and by what they were known. */
export interface Caller {
  principal: Principal;
  shown: Shown;
}

export interface Authentication {
  /**
   * Null when nobody is let in by what the request shows.
   * @param pages of this origin may ask for who signed in, as our own may
   * @throws ProblemError
   */
  callerOf(request: Request, pages?: { origin: string }): Promise<Caller | null>;
  /** The same for what was shown before. */
  recognise(shown: Shown): Promise<Principal | null>;
  /** Writes down which keys were used. */
  close(): Promise<void>;
}

/** After a revocation a key is let in for so long yet, by processes that saw it just before. */
const trustedMs = 5_000;
const mostTrusted = 10_000;
const recordEveryMs = 30_000;

export function createAuthentication({ keys, apiToken, sessions }: AuthenticationPorts): Authentication {
  const trusted = new Map<string, { check: KeyCheck; untilMs: number }>();
  const used = new Set<string>();
  const expected = apiToken === undefined ? undefined : hashOfToken(apiToken);

  const record = async (): Promise<void> => {
    if (used.size === 0) return;
    const keyIds = [...used];
    used.clear();
    // A time that is missed is corrected by the next use.
    await keys.recordUse(keyIds).catch(() => undefined);
  };
  const recording = setInterval(() => void record(), recordEveryMs);
  recording.unref();

  const find = async ({ keyId, hash }: { keyId: string; hash: Buffer }): Promise<KeyCheck | null> => {
    const known = trusted.get(keyId);
    if (known && known.untilMs > Date.now() && isOneOf(hash, known.check.hashes)) return known.check;
    // Also a secret that is not known yet: the key may have been rotated a moment ago.
    const check = await keys.findKey(keyId);
    if (!check || !isOneOf(hash, check.hashes)) return null;
    if (trusted.size >= mostTrusted) trusted.clear();
    trusted.set(keyId, { check, untilMs: Date.now() + trustedMs });
    return check;
  };

  const recognise = async (shown: Shown): Promise<Principal | null> => {
    if (shown.kind === "session") return sessions.recognise(shown);
    const { digest: shownDigest, key } = shown;
    if (expected && isOneOf(Buffer.from(shownDigest, "hex"), [expected])) return platform;
    const check = key && (await find({ keyId: key.keyId, hash: Buffer.from(key.hash, "hex") }));
    if (!check || (check.expiresAt && check.expiresAt.getTime() <= Date.now())) return null;
    used.add(key.keyId);
    const { tenantId, role, scopes } = check;
    return { tenantId, role, scopes, actor: `key:${key.keyId}`, id: key.keyId };
  };

  return {
    async callerOf(request, pages) {
      const authorization = request.get("authorization");
      if (authorization === undefined) return sessions.callerOf(request, pages);
      const shown = readShown(authorization);
      const principal = shown && (await recognise(shown));
      return shown && principal && { shown, principal };
    },
    recognise,
    async close() {
      clearInterval(recording);
      await record();
    },
  };
}

/** Null when it is no bearer token (RFC 6750). */
export function readShown(authorization: string | undefined): ShownToken | null {
  const [, token] = /^Bearer (\S{1,200})$/i.exec(authorization ?? "") ?? [];
  if (token === undefined) return null;
  const key = readKeyText(token);
  return {
    kind: "token",
    digest: hashOfToken(token).toString("hex"),
    key: key && { keyId: key.keyId, hash: key.hash.toString("hex") },
  };
}

const platform: Principal = {
  tenantId: null,
  role: "admin",
  scopes: null,
  actor: "api-token",
  id: "api-token",
};

/** Lets through who shows a key (RFC 6750) or signed in; `callerOf(response)` says who that is. */
export function authenticated(
  authentication: Pick<Authentication, "callerOf">,
  pages?: { origin: string },
): RequestHandler {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const caller = await authentication.callerOf(request, pages);
    if (caller) {
      response.locals.caller = caller;
      return next();
    }
    response.set("WWW-Authenticate", 'Bearer realm="floe"');
    const detail = "Show an API key that is valid (Authorization: Bearer <key>), or sign in.";
    sendProblem(request, response, createProblem(401, detail));
  };
}

export function callerOf(response: Response): Caller {
  return response.locals.caller as Caller;
}

export function principalOf(response: Response): Principal {
  return callerOf(response).principal;
}
