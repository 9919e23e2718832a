import { Router, type Request } from "express";
import type { Logger } from "pino";
import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type { AuditLog } from "../../db/audit-log.js";
import type { CredentialStore, Credentials } from "../../db/credentials.js";
import type { MembershipStore } from "../../db/memberships.js";
import type { UserStore } from "../../db/users.js";
import { checkAddress } from "../../domain/email-address.js";
import { FloeError } from "../../domain/errors.js";
import type { OidcConfig } from "../../runtime/oidc-config.js";
import { createProblem, ProblemError } from "../problems.js";
import type { Cookies } from "./cookies.js";
import { callbackPath, type OidcProvider, type Vouched } from "./oidc.js";
import { home, ownPath } from "./return-to.js";
import { addressOf } from "./sessions.js";
import type { SignIn } from "./sign-in.js";

export interface OidcRoutePorts {
  provider: OidcProvider;
  createUsers: OidcConfig["createUsers"];
  credentials: CredentialStore;
  users: Pick<UserStore, "createUser">;
  memberships: Pick<MembershipStore, "addMember">;
  cookies: Cookies;
  signIn: SignIn;
  audit: Pick<AuditLog, "record">;
  log: Logger;
}

/** What the browser keeps of a flow: only it can end what it began. */
const flowSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string().optional(),
});
const flowMs = 10 * 60_000;

/** `GET /api/session/oidc/start` and the callback that the provider sends the browser back to. */
export function createOidcRoutes(ports: OidcRoutePorts): Router {
  const { provider, cookies, signIn } = ports;
  const router = Router();
  router.get("/api/session/oidc/start", async (request, response) => {
    const { url, flow } = await provider.begin();
    const returnTo = ownPath(request.query.return_to);
    const kept = Buffer.from(JSON.stringify({ ...flow, returnTo })).toString("base64url");
    cookies.set(response, "floe-oidc", kept, { maxAgeMs: flowMs });
    response.set("Cache-Control", "no-store").redirect(302, url);
  });

  router.get(callbackPath, async (request, response) => {
    response.set("Cache-Control", "no-store");
    const flow = readFlow(cookies.read(request, "floe-oidc"));
    cookies.clear(response, "floe-oidc");
    if (!flow) throw refused("This sign-in was not begun here, or too long ago. Please sign in again.");
    const vouched = await finish(ports, request, flow);
    const { userId } = await userOf(ports, vouched, request);
    const { secondFactor } = vouched;
    await signIn.as(request, response, { userId, method: "oidc", secondFactor });
    response.redirect(303, ownPath(flow.returnTo) ?? home);
  });
  return router;
}

function readFlow(kept: string | undefined): z.output<typeof flowSchema> | null {
  if (kept === undefined) return null;
  try {
    return flowSchema.parse(JSON.parse(Buffer.from(kept, "base64url").toString()));
  } catch {
    return null;
  }
}

async function finish(
  { provider, log }: OidcRoutePorts,
  request: Request,
  flow: z.output<typeof flowSchema>,
): Promise<Vouched> {
  const at = request.originalUrl.indexOf("?");
  try {
    return await provider.finish(at < 0 ? "" : request.originalUrl.slice(at), flow);
  } catch (error) {
    if (error instanceof FloeError) throw error;
    log.warn({ err: error }, "oidc.refused");
    throw refused("The identity provider did not vouch for this sign-in. Please sign in again.");
  }
}

/** By what it vouched for before; else by an address that it has verified. @throws ProblemError 403 */
async function userOf(ports: OidcRoutePorts, vouched: Vouched, request: Request): Promise<Credentials> {
  const { credentials, audit } = ports;
  const check = vouched.email === null ? null : checkAddress(vouched.email);
  const email = check?.kind === "valid" ? check.address : null;
  const linked = await credentials.findByIdentity(vouched);
  const user = linked ?? (email === null ? null : await findOrCreate(ports, email, vouched));
  if (!user || user.disabledAt) {
    const subject = user ? `user:${user.userId}` : "nobody";
    const reason = user ? "disabled" : "unknown user";
    const entry = { tenantId: "*", actor: "nobody", action: "session.refuse", subject, reason };
    await audit.record({ ...entry, after: { method: "oidc", address: addressOf(request) } });
    throw refused("There is no user here for whom your identity provider vouches. Ask to be invited.");
  }
  if (!linked) await credentials.linkIdentity(vouched, user.userId);
  return user;
}

async function findOrCreate(
  { credentials, users, memberships, createUsers }: OidcRoutePorts,
  email: string,
  { name }: Vouched,
): Promise<Credentials | null> {
  const known = await credentials.findByEmail(email);
  if (known || !createUsers) return known;
  const user = {
    userId: uuidv7(),
    email,
    name: name?.slice(0, 200) || email,
    admin: false,
    createdBy: "oidc",
  };
  const { userId } = await users.createUser({ ...user, passwordHash: null, passwordExpiresAt: null });
  await memberships.addMember({ ...createUsers, userId });
  return credentials.loadCredentials(userId);
}

function refused(detail: string): ProblemError {
  return new ProblemError(createProblem(403, detail));
}
