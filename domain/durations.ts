/** Upper bounds (ms) of the classes that durations are counted in; the last class has none. */
export const durationBoundsMs = [
  ...[5, 10, 25, 50, 100, 250, 500],
  ...[1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000],
] as const;

/** Counts of no durations: one more class than there are bounds. */
export function noDurations(): number[] {
  return new Array<number>(durationBoundsMs.length + 1).fill(0);
}

export function classOfDuration(ms: number): number {
  const at = durationBoundsMs.findIndex((bound) => ms <= bound);
  return at === -1 ? durationBoundsMs.length : at;
}

/**
 * The duration (ms) that this share of all stays below, on a straight line through its class, as Prometheus does. Null:
 * nothing was counted. In the class without a bound it is the last bound: at least so long.
 */
export function quantileOf(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = share * total;
  let below = 0;
  for (const [at, count] of counts.entries()) {
    const to = durationBoundsMs[at];
    if (to === undefined) break;
    if (count > 0 && below + count >= wanted) {
      const from = durationBoundsMs[at - 1] ?? 0;
      return from + ((to - from) * (wanted - below)) / count;
    }
    below += count;
  }
  return durationBoundsMs.at(-1) ?? null;
}
