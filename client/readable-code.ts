import { randomBytes } from "node:crypto";

/** Crockford's base32 without capitals: no letter is taken for a digit when somebody reads it out. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** Random, in groups of four: 20 bits each. */
export function newReadableCode(groups: number): string {
  const letters = [...randomBytes(groups * 4)].map((byte) => alphabet[byte % alphabet.length]).join("");
  return letters.match(/.{4}/g)?.join("-") ?? "";
}

/** As it was made, whichever way somebody typed it. */
export function readReadableCode(typed: string): string {
  const letters = typed.toLowerCase().replace(/[\s-]/g, "").replaceAll("o", "0").replace(/[il]/g, "1");
  return letters.match(/.{1,4}/g)?.join("-") ?? "";
}
