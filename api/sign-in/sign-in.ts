import type { Request, Response } from "express";
import type { Logger } from "pino";
import { isPassword } from "../../client/password-hash.js";
import { hashNewPassword } from "../../client/password-rules.js";
import type { SignedIn, SignInMethod } from "../../db/sessions.js";
import type { UserStore } from "../../db/users.js";
import { InvalidInput } from "../../domain/errors.js";
import { createProblem, type Problem } from "../problems.js";
import { checkCredentials, type CredentialPorts, type ShownCredentials } from "./credentials.js";
import { addressOf, type Sessions } from "./sessions.js";

export interface SignInPorts extends CredentialPorts {
  sessions: Sessions;
  users: Pick<UserStore, "setPassword">;
  log: Logger;
}

/** What a person does at the door, whichever page or program they use. */
export interface SignIn {
  /** Null: signed in. @throws Throttled, Unavailable */
  withPassword(
    request: Request,
    response: Response,
    shown: Omit<ShownCredentials, "address">,
  ): Promise<Problem | null>;
  /** By what another has proved. */
  as(request: Request, response: Response, proven: Proven): Promise<void>;
  out(request: Request, response: Response): Promise<void>;
  /** Every other session ends. @throws InvalidInput, Throttled */
  changePassword(request: Request, response: Response, change: PasswordChange): Promise<void>;
}

export interface Proven {
  userId: string;
  method: SignInMethod;
  secondFactor: boolean;
}

export interface PasswordChange {
  session: SignedIn;
  currentPassword: string;
  newPassword: string;
}

export function createSignIn(ports: SignInPorts): SignIn {
  const { sessions, audit, log } = ports;
  const record = (action: string, { userId }: { userId: string }, after: unknown) => {
    const actor = `user:${userId}`;
    return audit.record({ tenantId: "*", actor, action, subject: actor, reason: null, after });
  };
  const begin = async (request: Request, response: Response, proven: Proven): Promise<void> => {
    await sessions.begin(request, response, proven);
    await ports.credentials.recordSignIn(proven.userId);
    const { method, secondFactor } = proven;
    await record("session.begin", proven, { method, secondFactor, address: addressOf(request) });
    log.info({ userId: proven.userId, method, secondFactor }, "session.began");
  };
  return {
    async withPassword(request, response, shown) {
      const outcome = await checkCredentials(ports, { ...shown, address: addressOf(request) });
      if (outcome.kind !== "accepted") return createProblem(401, refusals[outcome.kind]);
      const { user, secondFactor } = outcome;
      await begin(request, response, { userId: user.userId, method: "password", secondFactor });
      return null;
    },
    async as(request, response, proven) {
      await begin(request, response, proven);
      ports.onSignIn("accepted");
    },
    async out(request, response) {
      const ended = await sessions.end(request, response);
      if (ended) await record("session.end", ended, null);
    },
    async changePassword(request, response, { session, currentPassword, newPassword }) {
      await confirmPassword(ports, { session, password: currentPassword, address: addressOf(request) });
      if (newPassword === currentPassword)
        throw new InvalidInput([{ field: "new_password", problem: "is the one you have" }]);
      const hash = await hashNewPassword(newPassword, session, "new_password");
      const { userId, sessionId } = session;
      await ports.users.setPassword(userId, { hash, expiresAt: null, keepSession: sessionId });
      await sessions.renew(response, session);
      await record("session.change_password", session, null);
    },
  };
}

const refusals = {
  refused: "There is no user with this address and this password.",
  "code-missing": "A code of your authenticator is needed, too.",
  "code-refused": "The code is not good, or was used before.",
} as const;

interface Confirmation {
  session: SignedIn;
  password: string;
  address: string;
}

/** A session alone does not change who may sign in: whoever found a browser open has not the password. @throws InvalidInput, Throttled */
export async function confirmPassword(
  { credentials, throttle }: Pick<CredentialPorts, "credentials" | "throttle">,
  { session: { userId, email }, password, address }: Confirmation,
): Promise<void> {
  await throttle.admit({ email, address });
  const known = await credentials.loadCredentials(userId);
  if (!(await isPassword(password, known?.passwordHash ?? null)))
    throw new InvalidInput([{ field: "current_password", problem: "is not your password" }]);
  await throttle.forget({ email });
}
