/** What steering a send needs of the world. Adapters: `db/sends`, `db/snapshot`. Payloads are ids and figures only. */
import type { Lane } from "../domain/lanes.js";
import type { RecipientCounts, UnknownResolution } from "../domain/recipient-status.js";
import type { SendStatus } from "../domain/send-status.js";

/** How a send stands, as the workflow needs it to begin or to go on after whatever happened. */
export interface SendPlan {
  sendId: string;
  tenantId: string;
  campaignId: string;
  campaignName: string;
  lane: Lane;
  status: SendStatus;
  /** Epoch milliseconds, or null: at once. For a local start: when the first time zone begins. */
  startAtMs: number | null;
  /** True when each recipient's own time zone decides: the snapshot is then complete before anything is sent. */
  localStart: boolean;
  snapshotDone: boolean;
  retryRound: number;
  perSecond: number | null;
}

/** What the worker's configuration decides about a send; recorded in the history by the activity that returns it. */
export interface CampaignSettings {
  batchHeartbeatMs: number;
  maxBatchSize: number;
  /** Wait before the first retry round; absent: the rule of `domain/backoff`. */
  retryBaseMs?: number;
}

/** Batches made by one snapshot page, or found unfinished. */
export interface BatchGroup {
  /** Epoch milliseconds at which they may start; null: at once. */
  dueAtMs: number | null;
  batchNos: number[];
}

export interface SnapshotPage {
  groups: BatchGroup[];
  recipients: number;
  done: boolean;
}

export interface SendTotals {
  counts: RecipientCounts;
  possibleDuplicates: number;
}

export interface ResolveUnknown {
  as: UnknownResolution;
  /** Absent: all of the send. */
  contactIds?: string[];
}

export interface SendStore {
  /** @throws NotFound */
  loadPlan(sendId: string): Promise<SendPlan>;
  /**
   * Takes the next page of the audience into the ledger and cuts it into batches, in one transaction with the send's
   * cursor: repeating it after a lost reply continues, never doubles. Suppressed contacts are settled as such. Batches have
   * `batchSize` recipients at most; fewer when the send's batches so far took long.
   */
  snapshotPage(sendId: string, page: { contacts: number; batchSize: number }): Promise<SnapshotPage>;
  /** Batches not finished yet, by due time: what a restarted workflow takes up. */
  unfinishedBatches(sendId: string): Promise<BatchGroup[]>;
  /** Batches that an attempt left without releasing them: what it sent stands in their journals. */
  abandonedBatches(sendId: string): Promise<number[]>;
  /** Makes the batches of retry round `round` from deferred recipients; the same batches when repeated. */
  planRetryRound(sendId: string, round: number): Promise<BatchGroup[]>;
  /** Guarded transition; returns the status that holds afterwards, which is `to` unless the state machine forbids it. */
  transition(sendId: string, to: SendStatus): Promise<SendStatus>;
  /**
   * Notes, once, how late a send begins; one that is later than its rule allows is paused, and its people are told.
   * @returns whether it is held
   */
  startLate(sendId: string, lateMs: number): Promise<{ held: boolean }>;
  /** Back to where the pause came from. */
  resume(sendId: string): Promise<SendStatus>;
  setRate(sendId: string, perSecond: number | null): Promise<void>;
  /** Settles up to `limit` unsettled recipients as cancelled, by key; returns how many. Zero: none is left. */
  cancelRecipients(sendId: string, limit: number): Promise<number>;
  /** Takes dead recipients back to `deferred` with no attempts spent and resolves their dead letters; returns how many. */
  reviveDead(sendId: string): Promise<number>;
  /**
   * Settles `unknown` recipients by a person's word: as sent, or back to `deferred` with no attempts spent and flagged.
   * Returns how many stand as asked; the same when repeated.
   */
  resolveUnknown(sendId: string, choice: ResolveUnknown): Promise<number>;
  /** Cheap progress from the batches' counts. */
  loadProgress(sendId: string): Promise<SendProgress>;
  /** Counts the ledger, writes `campaign_analytics`, closes the send and its campaign. */
  finish(sendId: string, status: "completed" | "cancelled"): Promise<SendTotals>;
}

export interface SendProgress {
  status: SendStatus;
  /** Recipients in the ledger so far. */
  recipients: number;
  snapshotDone: boolean;
  sent: number;
  deferred: number;
  failed: number;
}
