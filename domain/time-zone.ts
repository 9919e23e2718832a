const known = new Map<string, string | null>();
/** The zone names of the world and their spellings are some hundred; what else is asked comes from broken files. */
const maxKnown = 5_000;

/**
 * The IANA name in its proper spelling (`europe/berlin` → `Europe/Berlin`), or null when there is no such zone. Offsets
 * such as `+01:00` are no names: they do not know summer time.
 */
export function findTimeZone(name: string): string | null {
  const found = known.get(name);
  if (found !== undefined) return found;
  const zone = resolve(name);
  if (known.size < maxKnown) known.set(name, zone);
  return zone;
}

function resolve(name: string): string | null {
  if (!/^[a-z][a-z0-9_+/-]*$/i.test(name)) return null;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
    // An alias keeps its own name: `Asia/Kolkata` must not come back as `Asia/Calcutta`.
    return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name;
  } catch {
    return null;
  }
}
