import { parseCookie } from "cookie";
import type { CookieOptions, Request, Response } from "express";
import ipaddr from "ipaddr.js";
import { createProblem, ProblemError } from "../problems.js";

/** Cookies of one public address. */
export interface Cookies {
  read(request: Request, name: CookieName): string | undefined;
  /** @throws ProblemError where a cookie would travel in the clear. Without `maxAgeMs` it ends with the browser. */
  set(response: Response, name: CookieName, value: string, options?: { maxAgeMs?: number }): void;
  clear(response: Response, name: CookieName): void;
}

export type CookieName = "floe-session" | "floe-oidc";

/**
 * `__Host-` (RFC 6265bis, 4.1.3.2): only over TLS, only back to this host, not to be set by a neighbour's. Plain HTTP has it
 * on this machine only, without the prefix, which browsers would refuse there.
 */
export function createCookies(publicUrl: string): Cookies {
  const url = new URL(publicUrl);
  const secure = url.protocol === "https:";
  const allowed = secure || isLoopback(url.hostname);
  const nameOf = (name: CookieName): string => (secure ? `__Host-${name}` : name);
  const options: CookieOptions = { httpOnly: true, secure, sameSite: "lax", path: "/" };
  return {
    read: (request, name) => parseCookie(request.get("cookie") ?? "")[nameOf(name)],
    set(response, name, value, { maxAgeMs } = {}) {
      if (!allowed) throw new ProblemError(createProblem(403, inTheClear));
      response.cookie(nameOf(name), value, {
        ...options,
        ...(maxAgeMs !== undefined && { maxAge: maxAgeMs }),
      });
    },
    clear: (response, name) => void response.clearCookie(nameOf(name), options),
  };
}

const inTheClear =
  "Nobody signs in over plain HTTP, but on this machine: give PUBLIC_URL an https:// address that leads here.";

function isLoopback(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, "");
  return bare === "localhost" || (ipaddr.isValid(bare) && ipaddr.parse(bare).range() === "loopback");
}
