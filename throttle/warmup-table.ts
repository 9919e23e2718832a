import { Unavailable } from "../domain/errors.js";
import type { Limit } from "../domain/permits.js";

/** Older than this, an allowance is read again before a permit is granted. */
const freshMs = 1_000;
/** Tens of thousands of mailboxes may warm up; a process sends from few of them at a time. */
const keptKeys = 20_000;

interface Known {
  /** Undefined: nothing warms up under this key. */
  limit: Limit | undefined;
  readAtMs: number;
}

export interface WarmupTable {
  /** @throws Unavailable when Postgres is away and one of them is not known yet */
  current(keys: readonly string[]): Promise<Limit[]>;
  /** As they were last read. */
  known(keys: readonly string[]): Limit[];
}

/**
 * Keeps the allowances at hand of what is sent from now. While Postgres is away the last known stay in force; of what is
 * not known yet, nothing is sent.
 */
export function createWarmupTable(load: (keys: string[]) => Promise<Limit[]>): WarmupTable {
  const known = new Map<string, Known>();

  const read = async (keys: string[]) => {
    const readAtMs = Date.now();
    const limits = new Map((await load(keys)).map((limit) => [limit.key, limit]));
    for (const key of keys) {
      known.delete(key);
      known.set(key, { limit: limits.get(key), readAtMs });
    }
    for (const key of known.keys()) {
      if (known.size <= keptKeys) break;
      known.delete(key);
    }
  };

  const lastRead = (keys: readonly string[]) => keys.flatMap((key) => known.get(key)?.limit ?? []);

  return {
    known: lastRead,
    async current(keys) {
      const now = Date.now();
      const stale = keys.filter((key) => now - (known.get(key)?.readAtMs ?? 0) > freshMs);
      if (stale.length > 0) {
        await read(stale).catch((error: unknown) => {
          // Asked once a second, as when it answers: not for every permit.
          for (const key of stale) {
            const last = known.get(key);
            if (!last) throw new Unavailable("The table of warmups", error);
            last.readAtMs = now;
          }
        });
      }
      return lastRead(keys);
    },
  };
}
