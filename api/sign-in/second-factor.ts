import { hashOfRecoveryCode, stepOfCode } from "../../client/totp.js";
import type { SecondFactorStore } from "../../db/second-factors.js";

/** One of them; a recovery code when the device that makes codes is lost. */
export interface ShownCode {
  code?: string | undefined;
  recoveryCode?: string | undefined;
}

/** True for a code that is good now and was not taken before. @throws SecretUnreadable */
export async function takeCode(
  store: SecondFactorStore,
  userId: string,
  { code, recoveryCode }: ShownCode,
): Promise<boolean> {
  if (recoveryCode !== undefined) return store.takeRecoveryCode(userId, hashOfRecoveryCode(recoveryCode));
  const secret = code === undefined ? null : await store.loadTotpSecret(userId, "confirmed");
  if (secret === null || code === undefined) return false;
  const step = stepOfCode(secret, code, Date.now());
  return step !== null && store.takeStep(userId, step);
}
