/** Keeps what is costly to make, at most `size` entries, the least recently used leaving first. */
export interface Cache<T> {
  get(key: string, make: () => T): T;
}

/** @param ttlMs milliseconds after which an entry is made anew; default: never. A promise that fails is not kept. */
export function createCache<T>(size: number, ttlMs = Infinity): Cache<T> {
  const entries = new Map<string, { value: T; until: number }>();
  return {
    get(key, make) {
      const known = entries.get(key);
      // A Map keeps the order of insertion: the first entry is the one unused for longest.
      entries.delete(key);
      const entry = known && known.until > Date.now() ? known : { value: make(), until: Date.now() + ttlMs };
      entries.set(key, entry);
      if (entries.size > size) entries.delete(entries.keys().next().value as string);
      if (entry !== known && entry.value instanceof Promise) {
        entry.value.catch(() => {
          if (entries.get(key) === entry) entries.delete(key);
        });
      }
      return entry.value;
    },
  };
}
