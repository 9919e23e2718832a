/** `done`: the target was reached; `stopped`: a person ended it. Neither holds anything back any more. */
export const warmupStatuses = ["active", "paused", "stopped", "done"] as const;
export type WarmupStatus = (typeof warmupStatuses)[number];
