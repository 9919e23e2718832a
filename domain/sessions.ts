/** Rules of sessions of people who signed in. */
export const sessionLimits = {
  /** Without a request for so long, it ends. */
  idleMs: 12 * 3_600_000,
  /** It ends in any case; OWASP Session Management: hours to days, by how much is at stake. */
  longestMs: 7 * 24 * 3_600_000,
  /** How often it is written down that it is used. */
  seenEveryMs: 60_000,
} as const;

/** A password that was given to somebody lets them in for so long, once. */
export const givenPasswordMs = 7 * 24 * 3_600_000;

/** Figures of TOTP (RFC 6238): those that every authenticator app has. */
export const totpRules = { digits: 6, periodSeconds: 30, stepsOff: 1 } as const;
export const recoveryCodeCount = 10;
