import type { RateLimit } from "./rate-limits.js";

/** Attempts to sign in: by account and by address, so that neither many accounts nor many addresses help to guess. */
export type SignInLimit = "sign-in" | "sign-in-address";

/**
 * NIST SP 800-63B, 3.2.2 wants at most 100 guesses in a row; a code of TOTP is one of 333,333, so that somebody who has the
 * password already finds it in 0.4 % of all days. Nobody is locked out: an attempt a minute comes back in any case.
 */
export const signInLimits: Readonly<Record<SignInLimit, RateLimit>> = {
  "sign-in": { perSecond: 1 / 60, burst: 10, adaptive: false },
  // An office behind one address.
  "sign-in-address": { perSecond: 0.5, burst: 60, adaptive: false },
};

/** As whoever is held back is told. */
export const rateLimitOf: Readonly<Record<SignInLimit, string>> = {
  "sign-in": "the rate limit of attempts to sign in as this user",
  "sign-in-address": "the rate limit of attempts to sign in from this address",
};
