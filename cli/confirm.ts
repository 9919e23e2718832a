import { createInterface } from "node:readline/promises";
import { InvalidInput } from "../domain/errors.js";

/**
 * Asks before something that cannot be taken back. Without a terminal nobody can answer, so `--yes` is demanded instead of
 * guessed.
 * @returns false when the person declined.
 */
export async function confirm(question: string, yes: boolean | undefined): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) {
    throw new InvalidInput([{ field: "--yes", problem: `needed without a terminal to ask on: ${question}` }]);
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}
