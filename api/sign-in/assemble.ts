import type { Router } from "express";
import type pg from "pg";
import type { Redis } from "ioredis";
import type { Logger } from "pino";
import type { FloeCalls } from "../../client/assemble.js";
import { createAuditLog } from "../../db/audit-log.js";
import { createCredentialStore } from "../../db/credentials.js";
import { createMembershipStore } from "../../db/memberships.js";
import type { Sealer } from "../../db/sealed.js";
import { createSecondFactorStore } from "../../db/second-factors.js";
import { createSessionStore } from "../../db/sessions.js";
import { createUserStore } from "../../db/users.js";
import { signInLimits } from "../../domain/sign-in-limits.js";
import type { OidcConfig } from "../../runtime/oidc-config.js";
import { createRateLimiter } from "../../throttle/rate-limiter.js";
import { createCookies } from "./cookies.js";
import { createOidcProvider } from "./oidc.js";
import { createOidcRoutes } from "./oidc-routes.js";
import { createSignInPages } from "./page-routes.js";
import { createSessionAuthentication, type SessionAuthentication } from "./principal.js";
import { createSessionRoutes } from "./session-routes.js";
import { createSessions } from "./sessions.js";
import { createSignIn } from "./sign-in.js";
import { createSignInThrottle } from "./throttle.js";
import { createTotpRoutes } from "./totp-routes.js";

export interface SignInInput {
  /** That sees who may sign in. */
  pool: pg.Pool;
  redis: () => Redis;
  sealer: Sealer;
  floe: Pick<FloeCalls, "users">;
  publicUrl: string;
  oidc: OidcConfig | undefined;
  onSignIn: (outcome: string) => void;
  log: Logger;
}

export interface SignInParts {
  authentication: SessionAuthentication;
  routes: Router[];
}

/** Everything at the door for people. */
export function assembleSignIn(input: SignInInput): SignInParts {
  const { pool, floe, publicUrl, log, oidc, onSignIn } = input;
  const cookies = createCookies(publicUrl);
  const store = createSessionStore(pool);
  const sessions = createSessions(store, cookies);
  const memberships = createMembershipStore(pool);
  const users = createUserStore(pool);
  // Never switched off, as limits of requests may be: guessing is what it holds back.
  const limiter = createRateLimiter({ redis: input.redis, enabled: true, limits: signInLimits });
  const common = {
    ...{ credentials: createCredentialStore(pool), audit: createAuditLog(pool) },
    ...{
      secondFactors: createSecondFactorStore(pool, input.sealer),
      throttle: createSignInThrottle(limiter),
    },
  };
  const signIn = createSignIn({ ...common, sessions, users, log, onSignIn });
  const routes = [
    createSessionRoutes({ signIn, sessions, store, publicUrl }),
    createTotpRoutes({ ...common, sessions, store, publicUrl }),
    createSignInPages({ signIn, sessions, invitations: floe.users, oidc: oidc !== undefined, publicUrl }),
  ];
  if (oidc) {
    const provider = createOidcProvider(oidc, publicUrl);
    const { createUsers } = oidc;
    routes.push(
      createOidcRoutes({ ...common, provider, createUsers, users, memberships, cookies, signIn, log }),
    );
  }
  const requiresTotp = (tenantId: string): Promise<boolean> => memberships.requiresTotp(tenantId);
  return {
    authentication: createSessionAuthentication({ sessions, store, requiresTotp, publicUrl }),
    routes,
  };
}
