/** What became of contacts of sequences, as operators count it. Few values each: both are labels of a metric. */
export interface SequenceCount {
  event: "enrolled" | "sent" | "skipped" | "exited" | "finished" | "cancelled";
  /** Of `sent`: `on-time` or `late`; of `skipped` and `exited` why; otherwise empty. */
  reason: string;
  contacts: number;
}
