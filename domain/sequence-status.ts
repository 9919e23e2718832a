/**
 * Statuses of a sequence's run.
 *
 *   draft ──▶ running ⇄ paused
 *                │ ▲       │
 *                ▼ │       ▼
 *           completed   cancelled
 *
 * `completed` goes back to `running` when later contacts are enrolled.
 */
export type SequenceStatus = "draft" | "running" | "paused" | "cancelled" | "completed";

const before: Record<SequenceStatus, readonly SequenceStatus[]> = {
  draft: [],
  running: ["draft", "paused", "completed"],
  paused: ["running"],
  cancelled: ["draft", "running", "paused"],
  completed: ["running"],
};

/** The statuses a sequence may come from to reach `to`: what the `where` of a transition lists. */
export function sequenceStatusesBefore(to: SequenceStatus): readonly SequenceStatus[] {
  return before[to];
}
