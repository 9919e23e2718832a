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
/** Letters taken up in one transaction: every one of them may need a workflow started, tens of milliseconds each. */
const largestPage = 200;

/** At a slow rate each page is what a second allows, so that the rate holds within a page too. */
export function replayPageSize(perSecond: number): number {
  return Math.min(largestPage, Math.max(1, Math.floor(perSecond)));
}

/** How long to wait after a page of `taken` letters that took `tookMs`. */
export function replayPauseMs(taken: number, perSecond: number, tookMs: number): number {
  return Math.max(0, Math.round((taken * 1_000) / perSecond - tookMs));
}
