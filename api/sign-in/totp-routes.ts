import { Router, type Request, type Response } from "express";
import { newRecoveryCodes, newTotpSecret, stepOfCode, totpUri } from "../../client/totp.js";
import type { SecondFactorStore } from "../../db/second-factors.js";
import type { SessionStore, SignedIn } from "../../db/sessions.js";
import { Conflict, InvalidInput } from "../../domain/errors.js";
import { beginTotpSchema, codeSchema, confirmTotpSchema } from "./answers.js";
import { jsonBody, readBody } from "./body.js";
import type { CredentialPorts } from "./credentials.js";
import { refuseForeignScript } from "./cross-site.js";
import { takeCode, type ShownCode } from "./second-factor.js";
import { addressOf, type Sessions } from "./sessions.js";
import { confirmPassword } from "./sign-in.js";

export interface TotpRoutePorts extends Pick<CredentialPorts, "credentials" | "throttle" | "audit"> {
  secondFactors: SecondFactorStore;
  sessions: Sessions;
  store: Pick<SessionStore, "endSessions">;
  publicUrl: string;
}

/** The second factor of whoever is signed in. */
export function createTotpRoutes(ports: TotpRoutePorts): Router {
  const { secondFactors, sessions } = ports;
  const router = Router();
  const path = "/api/session/totp";

  router.post(path, jsonBody, async (request, response) => {
    const session = await own(ports, request);
    await confirmOwner(ports, session, request);
    const secret = newTotpSecret();
    if (!(await secondFactors.beginTotp(session.userId, secret)))
      throw new Conflict("TOTP is set up already.");
    response.status(201).json({ secret, uri: totpUri(secret, session.email) });
  });

  router.post(`${path}/confirm`, jsonBody, async (request, response) => {
    const session = await own(ports, request);
    const { code } = readBody(confirmTotpSchema, request);
    await ports.throttle.admit({ email: session.email, address: addressOf(request) });
    const secret = await secondFactors.loadTotpSecret(session.userId, "unconfirmed");
    if (secret === null) throw new Conflict("TOTP is not being set up: begin with POST /api/session/totp.");
    const step = stepOfCode(secret, code, Date.now());
    if (step === null) throw wrongCode("code");
    const { codes, hashes } = newRecoveryCodes();
    const confirmed = await secondFactors.confirmTotp(session.userId, { step, recoveryHashes: hashes });
    if (!confirmed) throw new Conflict("TOTP is set up already.");
    await changed(ports, response, { session, action: "session.set_up_totp", secondFactor: true });
    response.json({ recovery_codes: codes });
  });

  router.post(`${path}/verify`, jsonBody, async (request, response) => {
    const session = await shownBy(ports, request);
    await sessions.renew(response, session, { secondFactor: true });
    response.json({ recovery_codes_left: await secondFactors.countRecoveryCodes(session.userId) });
  });

  router.post(`${path}/recovery-codes`, jsonBody, async (request, response) => {
    const session = await shownBy(ports, request);
    const { codes, hashes } = newRecoveryCodes();
    await secondFactors.replaceRecoveryCodes(session.userId, hashes);
    await changed(ports, response, { session, action: "session.new_recovery_codes", secondFactor: true });
    response.json({ recovery_codes: codes });
  });

  router.post(`${path}/remove`, jsonBody, async (request, response) => {
    const session = await shownBy(ports, request);
    await secondFactors.removeTotp(session.userId);
    await changed(ports, response, { session, action: "session.remove_totp", secondFactor: false });
    response.status(204).end();
  });
  return router;
}

async function own({ sessions, publicUrl }: TotpRoutePorts, request: Request): Promise<SignedIn> {
  const session = await sessions.require(request);
  refuseForeignScript(request, publicUrl);
  return session;
}

/** Whoever has no password has signed in elsewhere: a moment ago, then. */
const recentMs = 15 * 60_000;

async function confirmOwner(ports: TotpRoutePorts, session: SignedIn, request: Request): Promise<void> {
  const { currentPassword: password } = readBody(beginTotpSchema, request);
  if (password !== undefined)
    return confirmPassword(ports, { session, password, address: addressOf(request) });
  const elsewhere = session.method === "oidc" && Date.now() - session.createdAt.getTime() < recentMs;
  if (!elsewhere) throw new InvalidInput([{ field: "current_password", problem: "is missing" }]);
}

/** Whose session it is, and who has just shown a good code. @throws InvalidInput, Throttled */
async function shownBy(ports: TotpRoutePorts, request: Request): Promise<SignedIn> {
  const session = await own(ports, request);
  const shown: ShownCode = readBody(codeSchema, request);
  await ports.throttle.admit({ email: session.email, address: addressOf(request) });
  if (!(await takeCode(ports.secondFactors, session.userId, shown)))
    throw wrongCode(shown.recoveryCode === undefined ? "code" : "recovery_code");
  await ports.throttle.forget({ email: session.email });
  return session;
}

interface Change {
  session: SignedIn;
  action: string;
  secondFactor: boolean;
}

/** Of who may sign in: every other session ends, this one goes on under another secret. */
async function changed(
  { store, sessions, audit }: TotpRoutePorts,
  response: Response,
  { session, action, secondFactor }: Change,
): Promise<void> {
  const actor = `user:${session.userId}`;
  await store.endSessions(session.userId, { except: session.sessionId });
  await sessions.renew(response, session, { secondFactor });
  await audit.record({ tenantId: "*", actor, action, subject: actor, reason: null });
}

function wrongCode(field: string): InvalidInput {
  return new InvalidInput([{ field, problem: "is not good, or was used before" }]);
}
