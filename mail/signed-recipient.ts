import type { RecipientRef, Tokens } from "./tracking-token.js";

/** Tokens are looked at, not trusted: texts from outside may hold any number of what looks like one. */
const maxCandidates = 100;

/** The recipient whose token, signed by us, is in the text; null when none is. */
export function findSignedRecipient(
  text: string,
  tokens: Pick<Tokens, "readRecipientToken">,
): RecipientRef | null {
  const candidates = text.matchAll(/(?<![\w-])[\w-]{44,54}(?![\w-])/g);
  let looked = 0;
  for (const [candidate] of candidates) {
    const recipient = tokens.readRecipientToken(candidate);
    if (recipient) return recipient;
    looked += 1;
    if (looked === maxCandidates) break;
  }
  return null;
}
