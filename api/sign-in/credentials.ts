import { hashPassword, isOutdated, isPassword } from "../../client/password-hash.js";
import type { AuditLog } from "../../db/audit-log.js";
import type { CredentialStore, Credentials } from "../../db/credentials.js";
import type { SecondFactorStore } from "../../db/second-factors.js";
import { checkAddress } from "../../domain/email-address.js";
import { takeCode, type ShownCode } from "./second-factor.js";
import type { SignInThrottle } from "./throttle.js";

export interface CredentialPorts {
  credentials: CredentialStore;
  secondFactors: SecondFactorStore;
  throttle: SignInThrottle;
  audit: Pick<AuditLog, "record">;
  onSignIn: (outcome: SignInOutcome["kind"]) => void;
}

export interface ShownCredentials extends ShownCode {
  email: string;
  password: string;
  address: string;
}

export type SignInOutcome =
  | { kind: "accepted"; user: Credentials; secondFactor: boolean }
  /** Nobody learns which of the two it was, nor that a user is disabled. */
  | { kind: "refused" }
  | { kind: "code-missing" }
  | { kind: "code-refused" };

type Refusal = "unknown user" | "wrong password" | "disabled" | "password is over";

/** Compares what somebody shows with what is known of them. @throws Throttled, SecretUnreadable */
export async function checkCredentials(
  ports: CredentialPorts,
  shown: ShownCredentials,
): Promise<SignInOutcome> {
  const email = normalised(shown.email);
  await ports.throttle.admit({ email, address: shown.address });
  const user = await ports.credentials.findByEmail(email);
  const fits = await isPassword(shown.password, user?.passwordHash ?? null);
  const outcome = await outcomeOf(ports, { user, fits, shown });
  ports.onSignIn(outcome.kind);
  if (outcome.kind !== "accepted") return outcome;
  await ports.throttle.forget({ email });
  await rehash(ports, outcome.user, shown.password);
  return outcome;
}

interface Compared {
  user: Credentials | null;
  fits: boolean;
  shown: ShownCredentials;
}

async function outcomeOf(ports: CredentialPorts, { user, fits, shown }: Compared): Promise<SignInOutcome> {
  const refusal = refusalOf(user, fits);
  if (!user || refusal) {
    await recordFailure(ports, { user, why: refusal ?? "unknown user", address: shown.address });
    return { kind: "refused" };
  }
  if (!user.totp) return { kind: "accepted", user, secondFactor: false };
  if (shown.code === undefined && shown.recoveryCode === undefined) return { kind: "code-missing" };
  if (await takeCode(ports.secondFactors, user.userId, shown))
    return { kind: "accepted", user, secondFactor: true };
  await recordFailure(ports, { user, why: "wrong code", address: shown.address });
  return { kind: "code-refused" };
}

function refusalOf(user: Credentials | null, fits: boolean): Refusal | null {
  if (!user) return "unknown user";
  if (!fits) return "wrong password";
  if (user.disabledAt) return "disabled";
  if (user.passwordExpiresAt && user.passwordExpiresAt.getTime() <= Date.now()) return "password is over";
  return null;
}

async function rehash({ credentials }: CredentialPorts, user: Credentials, password: string): Promise<void> {
  const { userId, passwordHash } = user;
  if (passwordHash === null || !isOutdated(passwordHash)) return;
  await credentials.replaceHash(userId, passwordHash, await hashPassword(password));
}

interface Failure {
  user: Credentials | null;
  why: Refusal | "wrong code";
  address: string;
}

function recordFailure({ audit }: CredentialPorts, { user, why, address }: Failure): Promise<void> {
  return audit.record({
    ...{ tenantId: "*", actor: "nobody", action: "session.refuse", reason: why },
    ...{ subject: user ? `user:${user.userId}` : "nobody", after: { address } },
  });
}

/** What is no address is nobody's, and takes as long. */
function normalised(email: string): string {
  const check = checkAddress(email);
  return check.kind === "valid" ? check.address : email.trim().toLowerCase();
}
