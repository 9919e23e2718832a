import { Unavailable } from "../domain/errors.js";
import type { Limit } from "../domain/permits.js";

/** Older than this, a limit is read again before a permit is granted. */
const freshMs = 1_000;
/** Tens of thousands of mailboxes may have one; a process sends from few of them at a time. */
const keptKeys = 20_000;

interface Known {
  /** Undefined: there is none under this key. */
  limit: Limit | undefined;
  readAtMs: number;
}

/** The limits of those keys, as far as there are any and they concern the tenant. */
export type LoadKeyedLimits = (tenantId: string, keys: string[]) => Promise<Limit[]>;

export interface KeyedLimits {
  /** @throws Unavailable when Postgres is away and one of them is not known yet */
  current(tenantId: string, keys: readonly string[]): Promise<Limit[]>;
  /** As they were last read. */
  known(tenantId: string, keys: readonly string[]): Limit[];
}

/**
 * Keeps the limits at hand of what is sent from now, where there are too many to keep all: what warms up, what gates hold.
 * While Postgres is away the last known stay in force; of what is not known yet, nothing is sent.
 */
export function createKeyedLimits(load: LoadKeyedLimits, what: string): KeyedLimits {
  const known = new Map<string, Known>();

  const read = async (tenantId: string, keys: string[]) => {
    const readAtMs = Date.now();
    const limits = new Map((await load(tenantId, keys)).map((limit) => [limit.key, limit]));
    for (const key of keys) {
      const name = nameOf(tenantId, key);
      known.delete(name);
      known.set(name, { limit: limits.get(key), readAtMs });
    }
    for (const name of known.keys()) {
      if (known.size <= keptKeys) break;
      known.delete(name);
    }
  };

  const lastRead = (tenantId: string, keys: readonly string[]) =>
    keys.flatMap((key) => known.get(nameOf(tenantId, key))?.limit ?? []);

  return {
    known: lastRead,
    async current(tenantId, keys) {
      const now = Date.now();
      const stale = keys.filter((key) => now - (known.get(nameOf(tenantId, key))?.readAtMs ?? 0) > freshMs);
      if (stale.length > 0) {
        await read(tenantId, stale).catch((error: unknown) => {
          // Asked once a second, as when it answers: not for every permit.
          for (const key of stale) {
            const last = known.get(nameOf(tenantId, key));
            if (!last) throw new Unavailable(what, error);
            last.readAtMs = now;
          }
        });
      }
      return lastRead(tenantId, keys);
    },
  };
}

function nameOf(tenantId: string, key: string): string {
  return `${tenantId} ${key}`;
}
