/** Most recipients of one `sendBatch` activity: at a hundred thousand a minute two seconds of work for one of two slots. */
export const maxBatchSize = 2_000;
/** Recipients of a batch before a rate is known: a snapshot's first page keeps four slots busy. */
export const firstBatchSize = 250;
/** Milliseconds that a batch of a fast send should take: long enough to amortise its four events, short to wait for. */
const batchMs = 2_000;
/** Partitions that one campaign delivers at once. */
export const maxOpenPartitions = 4;
/** Contacts one snapshot page takes. The first page is small so that the first mail leaves within two seconds. */
export const firstSnapshotPage = 1_000;
export const snapshotPage = 10_000;

/** The size that a send's own rate allows: about thirty seconds of work, at least 10 recipients. */
export function batchSizeFor(perSecond: number | undefined): number {
  if (perSecond === undefined) return maxBatchSize;
  return Math.max(10, Math.min(maxBatchSize, Math.round(perSecond * 30)));
}

/**
 * The size of the next batches, from what those before took.
 * @param ceiling from `batchSizeFor`
 * @param measured recipients of finished batches and the milliseconds that these took, added up; null: none has finished.
 */
export function nextBatchSize(
  ceiling: number,
  measured: { recipients: number; elapsedMs: number } | null,
): number {
  if (measured === null || measured.elapsedMs <= 0) return Math.min(ceiling, firstBatchSize);
  const wanted = Math.round((measured.recipients / measured.elapsedMs) * batchMs);
  return Math.min(ceiling, Math.max(firstBatchSize, wanted));
}

/** Batches of one partition that are in flight: few enough that a campaign leaves room for others. */
export const windowLimits = { first: 6, least: 2, most: 32 };
const freeSlotMs = 200;
const busySlotsMs = 2_000;

/**
 * The window after a batch: one wider when a slot was free for it at once, one narrower when it waited for one.
 * @param queuedMs milliseconds that the batch waited for a slot; absent: not known.
 */
export function nextWindow(window: number, queuedMs: number | undefined): number {
  if (queuedMs === undefined) return window;
  if (queuedMs < freeSlotMs) return Math.min(windowLimits.most, window + 1);
  return queuedMs > busySlotsMs ? Math.max(windowLimits.least, window - 1) : window;
}

/** A batch that gave its slot back because a limit held it. Travels with the failure, for whoever asks what waits. */
export interface BatchHold {
  batchNo: number;
  /** As `PermitGrant.heldBy`: `node:n1 day`. */
  heldBy: string;
  freeAtMs: number;
}
