/** What has progress: one import, export, send of a campaign, A/B test, sequence or run of a job graph. */
export type ProgressKind = "import" | "export" | "send" | "ab-test" | "sequence" | "graph";

/** The same few words for every kind of work. */
export const progressStatuses = ["pending", "running", "paused", "completed", "failed", "cancelled"] as const;
export type ProgressStatus = (typeof progressStatuses)[number];

/** How a piece of work stands. Counts rows of imports and exports, recipients of sends, contacts of sequences, jobs of graphs. */
export interface Standing {
  status: ProgressStatus;
  /** Null while it is not known. Of an import an estimate by the file's size until it has ended. */
  total: number | null;
  /** Done with, whether it went well or not. */
  processed: number;
  /** Of these, how many did not go well. */
  failed: number;
  /** A sentence with figures or a reason; never an address. */
  message: string | null;
}

/** One change of a standing. Updates of a tenant are numbered in the order in which they became visible. */
export interface ProgressUpdate extends Standing {
  sequence: number;
  /** Of the work: an import's, export's, send's, sequence's or run's. */
  id: string;
  tenantId: string;
  kind: ProgressKind;
  /** Who asked for the work, when that was said. */
  user: string | null;
  at: Date;
}

export interface Progress extends Standing {
  id: string;
  tenantId: string;
  kind: ProgressKind;
  user: string | null;
  /** Of its last update; 0: none was told yet. */
  sequence: number;
  createdAt: Date;
  startedAt: Date | null;
  updatedAt: Date;
  finishedAt: Date | null;
}

export function hasEnded(status: ProgressStatus): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}
