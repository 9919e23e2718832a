import { createHash } from "node:crypto";
import { Secret, TOTP } from "otpauth";
import { recoveryCodeCount, totpRules } from "../domain/sessions.js";
import { newReadableCode, readReadableCode } from "./readable-code.js";

/** 160 bits, as RFC 4226 recommends; in base32. */
export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** What an authenticator app reads, as text or from a picture of it. */
export function totpUri(secret: string, email: string): string {
  return totpOf(secret, email).toString();
}

/** The step whose code it is, at most one before or after `at`; null when it is none. */
export function stepOfCode(secret: string, code: string, at: number): number | null {
  const token = code.replace(/\s/g, "");
  const off = totpOf(secret, "").validate({ token, timestamp: at, window: totpRules.stepsOff });
  return off === null ? null : Math.floor(at / 1_000 / totpRules.periodSeconds) + off;
}

export interface RecoveryCodes {
  /** To be shown once. */
  codes: string[];
  hashes: Buffer[];
}

export function newRecoveryCodes(): RecoveryCodes {
  const codes = Array.from({ length: recoveryCodeCount }, () => newReadableCode(4));
  return { codes, hashes: codes.map(hashOfRecoveryCode) };
}

export function hashOfRecoveryCode(typed: string): Buffer {
  return createHash("sha256").update(readReadableCode(typed)).digest();
}

function totpOf(secret: string, label: string): TOTP {
  const { digits, periodSeconds: period } = totpRules;
  return new TOTP({ issuer: "Floe", label, secret: Secret.fromBase32(secret), digits, period });
}
