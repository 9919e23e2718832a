/** Work that spent its attempts and waits for a person, and its replay. */
export const deadLetterKinds = ["email.send", "webhook", "import.row", "job"] as const;
export type DeadLetterKind = (typeof deadLetterKinds)[number];

/** What is left out does not restrict. */
export interface DeadLetterFilter {
  deadLetterIds?: string[];
  kind?: DeadLetterKind;
  sendId?: string;
  /** Exactly this one. */
  reason?: string;
  /** In the reason, or in the id of what it is about. */
  text?: string;
  createdAfter?: Date;
  createdBefore?: Date;
}

export type ReplayStatus = "running" | "paused" | "completed" | "cancelled";

export interface ReplayProgress {
  status: ReplayStatus;
  items: number;
  /** Taken up again; what became of it then is told by its own work, or by a new letter. */
  replayed: number;
  /** Left as they are: gone, resolved by somebody else, or of work that cannot be tried again. */
  refused: number;
}

export const defaultReplaysPerSecond = 100;
