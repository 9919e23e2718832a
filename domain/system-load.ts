/** What one process measured of the system. */
export interface LoadSample {
  /** Share of the memory it may use, 0 to 1. */
  memory: number;
  /** Tasks that wait on the fullest queue. */
  queueDepth: number;
  /** Share of job attempts that failed, 0 to 1. */
  errorRate: number;
}

/**
 * Load slows adaptive rates down: the factor falls at once to what the worst report asks for, and rises again by `recovery`
 * only, so that relief lasts and rates do not swing.
 */
export const loadFactor = {
  /** Never less: a system under load still serves everybody a little. */
  lowest: 0.1,
  /** Milliseconds in which it would rise from 0 to 1. */
  recoveryMs: 300_000,
  sampleMs: 5_000,
} as const;

/** Where each measure begins to slow down, and where it alone leads to the lowest factor. */
const memory = { from: 0.8, to: 0.95 };
const errors = { from: 0.05, to: 0.5 };
/** From here on the factor is this by the depth: twice as deep, half as fast. */
const queueDepth = 1_000;

/** The factor that a sample asks for, from `loadFactor.lowest` to 1: that of its worst measure. */
export function loadFactorOf(sample: LoadSample): number {
  return Math.min(
    falling(sample.memory, memory),
    falling(sample.errorRate, errors),
    Math.max(loadFactor.lowest, Math.min(1, queueDepth / Math.max(1, sample.queueDepth))),
  );
}

function falling(value: number, { from, to }: { from: number; to: number }): number {
  const share = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return 1 - share * (1 - loadFactor.lowest);
}

/** What was reported when the factor was last lowered, and where the factor stands now. */
export interface SystemLoad {
  factor: number;
  /** Absent: recovered from, or never. */
  lowered?: LoadSample & { factor: number; at: Date };
}
