/** What recurring work needs of the world. Adapters: `db/`, `workers/recurring-work` (Temporal), `runtime/orphaned-files`. */

/** Work that should be in some workflow's hands; `emails` is a group of single emails, `graph` a run of a job graph. */
export interface OpenWork {
  kind: "send" | "emails" | "import" | "export" | "replay" | "job-bulk" | "sequence" | "ab-test" | "graph";
  id: string;
  tenantId: string;
  /** ISO time at which it was last worked on, or was due. */
  since: string;
  /** True: it rightly waits for a later time. */
  waits: boolean;
}

export interface OpenWorkStore {
  /** Scheduled sends whose time has come, and emails whose request died before their start; oldest ids first. */
  findDue(after: string | null, limit: number): Promise<OpenWork[]>;
  /** Unfinished work of every kind that was not touched for so long. */
  findIdle(idleForMs: number): Promise<OpenWork[]>;
  /** Ends campaigns whose sends have all ended. @returns how many */
  completeCampaigns(): Promise<number>;
}

/** The workflows behind that work. */
export interface WorkStarter {
  isRunning(work: OpenWork): Promise<boolean>;
  /** A running one is left as it is. */
  start(work: OpenWork): Promise<void>;
}

export interface QueueSample {
  queue: string;
  kind: "activity" | "workflow";
  /** Tasks that could begin now, about; and for how long the first of them could. */
  waiting: number;
  oldestMs: number;
  /** Slots at work. */
  active: number;
  /** Jobs that are for later. */
  delayed: number;
  /** Dead letters that wait for a person. */
  dead: number;
}

export interface QueueSampling {
  sample(): Promise<QueueSample[]>;
  /** Also brings in what worker processes have counted since. @param samples null: none was taken */
  record(sampledAt: Date, samples: QueueSample[] | null): Promise<void>;
}

/** @param day `YYYY-MM-DD`. Repeating it writes the day anew. @returns rows of campaigns */
export type AggregateDay = (day: string) => Promise<number>;

/** How much of one table goes, or went. `reason`: why something old was kept. */
export interface CleanupLine {
  what: string;
  rows: number;
  reason?: string;
}

export interface CleanupStore {
  /** Tables that have a retention, in the order in which they are to be emptied. */
  tables(): string[];
  countOld(table: string): Promise<number>;
  /** One small delete. @returns rows deleted; 0: nothing is left */
  deleteOld(table: string): Promise<number>;
  /** Ledger partitions whose retention has passed; those with open sends are kept, with the reason. */
  findOldPartitions(): Promise<CleanupLine[]>;
  /** Drops it, unless a send of it is open. Repeating it finds it gone. @returns rows it had, about */
  dropPartition(partition: string): Promise<number>;
}

/** Files in the data folder's uploads and exports that nobody needs any more. */
export interface OrphanedFiles {
  find(): Promise<string[]>;
  remove(path: string): Promise<void>;
}

/** Something that is not as it should be. `repairable`: a repair can be asked for. */
export interface Finding {
  kind: string;
  subjectId: string;
  tenantId: string;
  /** A sentence with ids and figures, never an address. */
  detail: string;
  repairable: boolean;
}

export type FindingAction = "started" | "repaired" | "reported";

export interface RecordedFinding extends Finding {
  action: FindingAction;
}

export interface ConsistencyStore {
  /** Sends that ended within so many days, a page behind `after`: ledger against counters. */
  checkSends(page: { days: number; after: string | null; limit: number }): Promise<{
    findings: Finding[];
    /** Null: that was the last page. */
    next: string | null;
  }>;
  /** Counters of lists, and campaigns that are open although their sends have ended. */
  checkCounters(): Promise<Finding[]>;
  /** @returns false when it was not as found any more, or cannot be repaired. */
  repair(finding: Finding): Promise<boolean>;
}

export type RecordFindings = (job: string, findings: RecordedFinding[]) => Promise<void>;
