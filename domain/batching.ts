/** Recipients a `sendBatch` activity handles: 500 costs 0.01 history events an email; slow sends get smaller ones. */
export const maxBatchSize = 500;
/** Batches in flight for one partition: enough to keep a worker's slots busy, few enough that a pause bites at once. */
export const deliverWindow = 6;
/** Partitions that one campaign delivers at once. */
export const maxOpenPartitions = 4;
/** Contacts one snapshot page takes. The first page is small so that the first mail leaves within two seconds. */
export const firstSnapshotPage = 1_000;
export const snapshotPage = 10_000;

/** Batch size for a send whose effective rate is known: about thirty seconds of work, between 10 and 500 recipients. */
export function batchSizeFor(perSecond: number | undefined): number {
  if (perSecond === undefined) return maxBatchSize;
  return Math.max(10, Math.min(maxBatchSize, Math.round(perSecond * 30)));
}
