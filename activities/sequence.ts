import { withBeats } from "./beating.js";
import { withFailures } from "./failures.js";
import type { SequenceStore } from "./sequence-ports.js";

/** What the sequence workflow asks of the world: its facts in Postgres. */
export type SequenceActivities = SequenceStore;

export function createSequenceActivities(store: SequenceStore): SequenceActivities {
  return withBeats(withFailures({ ...store }));
}
