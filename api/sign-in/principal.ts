import type { Request } from "express";
import { tenantIdSchema } from "../../client/input.js";
import type { SessionStore, SignedIn } from "../../db/sessions.js";
import type { Principal } from "../../domain/access.js";
import { NotFound } from "../../domain/errors.js";
import { createProblem, ProblemError } from "../problems.js";
import { refuseForeignScript } from "./cross-site.js";
import type { Sessions } from "./sessions.js";

/** Somebody's session, for the tenant that `Floe-Tenant` named. It stays the same when its cookie is renewed. */
export interface ShownSession {
  kind: "session";
  sessionId: string;
  tenantId?: string | undefined;
}

export interface SessionAuthentication {
  /**
   * Null when nobody is signed in.
   * @param pages of this origin may ask, too
   * @throws ProblemError when they may not do this, here
   */
  callerOf(
    request: Request,
    pages?: { origin: string },
  ): Promise<{ principal: Principal; shown: ShownSession } | null>;
  /** Null when the session is over, or may not do it any more. */
  recognise(shown: ShownSession): Promise<Principal | null>;
}

export interface SessionAuthenticationPorts {
  sessions: Pick<Sessions, "find">;
  store: Pick<SessionStore, "loadSession">;
  /** Of a tenant that the user need not belong to. @throws NotFound */
  requiresTotp: (tenantId: string) => Promise<boolean>;
  publicUrl: string;
}

/** People who signed in, as those who ask: with the role they have in the tenant that `Floe-Tenant` names. */
export function createSessionAuthentication(ports: SessionAuthenticationPorts): SessionAuthentication {
  return {
    async callerOf(request, pages) {
      const session = await ports.sessions.find(request);
      if (!session) return null;
      if (pages === undefined || request.get("origin") !== pages.origin)
        refuseForeignScript(request, ports.publicUrl);
      const tenantId = request.get("floe-tenant");
      const principal = await principalIn(ports, session, tenantId);
      return { principal, shown: { kind: "session", sessionId: session.sessionId, tenantId } };
    },
    async recognise({ sessionId, tenantId }) {
      const session = await ports.store.loadSession(sessionId);
      if (!session) return null;
      return principalIn(ports, session, tenantId).catch((error: unknown) => {
        if (error instanceof ProblemError || error instanceof NotFound) return null;
        throw error;
      });
    },
  };
}

const changeFirst = "The password was given to you: change it first (POST /api/session/password).";

async function principalIn(
  { requiresTotp }: SessionAuthenticationPorts,
  session: SignedIn,
  named: string | undefined,
): Promise<Principal> {
  const { userId, admin, tenants, mustChangePassword } = session;
  if (mustChangePassword) throw refused(changeFirst);
  const actor = `user:${userId}`;
  if (named === undefined && admin)
    return { tenantId: null, role: "admin", scopes: null, actor, id: `${actor}@*` };
  const tenantId = named ?? (tenants.length === 1 ? tenants[0]?.tenantId : undefined);
  if (tenantId === undefined) throw refused(whichTenant);
  const tenant = tenants.find((one) => one.tenantId === tenantId);
  const known = admin && tenantIdSchema.safeParse(tenantId).success;
  // The same for a tenant that is not there.
  if (!tenant && !known) throw refused("You do not belong to the tenant that Floe-Tenant names.");
  const totp = tenant ? tenant.requireTotp : await requiresTotp(tenantId);
  if (totp && !session.secondFactor) throw refused(showCode);
  // Kept answers are a tenant's, too: the same person asks for another one's with the same Idempotency-Key.
  return { tenantId, role: tenant?.role ?? "owner", scopes: null, actor, id: `${actor}@${tenantId}` };
}

const whichTenant =
  "Say in the header Floe-Tenant which of your tenants this is about (GET /api/session has them).";
const showCode =
  "This tenant is open only with a code of TOTP: set it up (POST /api/session/totp), or show one (POST /api/session/totp/verify).";

function refused(detail: string): ProblemError {
  return new ProblemError(createProblem(403, detail));
}
