import { hash, parseOptions, verify } from "@node-rs/argon2";
import { newReadableCode } from "./readable-code.js";

/** OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** As a PHC string, with its parameters and its salt. */
export function hashPassword(password: string): Promise<string> {
  return hash(normal(password), cost);
}

/** Takes as long when there is nobody to compare with. */
export async function isPassword(password: string, stored: string | null): Promise<boolean> {
  const fits = await verify(stored ?? (await hashOfNobody()), normal(password));
  return fits && stored !== null;
}

/** It was made with other parameters than those of today: to be made anew when the password is known. */
export function isOutdated(stored: string): boolean {
  const { memoryCost, timeCost, parallelism } = parseOptions(stored);
  return memoryCost !== cost.memoryCost || timeCost !== cost.timeCost || parallelism !== cost.parallelism;
}

/** To be given to somebody: 100 random bits that can be read out. */
export function newGivenPassword(): string {
  return newReadableCode(5);
}

let nobodys: Promise<string> | undefined;
function hashOfNobody(): Promise<string> {
  return (nobodys ??= hashPassword(newGivenPassword()));
}

/** NIST SP 800-63B, 3.1.1.2: the same whichever way a keyboard composes it. */
function normal(password: string): string {
  return password.normalize("NFKC");
}
