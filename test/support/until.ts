import { setTimeout as sleep } from "node:timers/promises";

/**
 * Looks again every `everyMs` until `look` returns something; a look that throws counts as nothing seen yet.
 * @throws Error that says what was waited for, after `timeoutMs`
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  { timeoutMs = 120_000, everyMs = 20 } = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let problem: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== null && seen !== undefined && seen !== false) return seen;
    } catch (error) {
      problem = error;
    }
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}.`, { cause: problem });
    await sleep(everyMs);
  }
}
