/** Files by URL, on a disk or in object storage. Adapter: `storage/`. */
import type { Readable } from "node:stream";

export interface StoredObject {
  /** Bytes. */
  size: number;
  /** Another one means other content; null when the storage knows none. */
  etag: string | null;
}

/**
 * URLs are `floe://exports/…` or `floe://uploads/…` in the data folder, `file:///…` inside the same, or `s3://bucket/key`. Every call rejects with InvalidInput for
 * another URL or one that may not be used, and with Unavailable when the storage is away.
 */
export interface ObjectStore {
  /** @throws NotFound */
  stat(url: string): Promise<StoredObject>;
  /** The content from byte `from` on. Read it to its end or destroy it. @throws NotFound */
  open(url: string, from?: number): Promise<Readable>;
  /**
   * Stands complete under its name, or not at all; what was there before is replaced. Leftovers of attempts that died are
   * removed. Rejects with the signal's reason when it is aborted, and with the content's own error.
   */
  write(url: string, content: Readable, signal?: AbortSignal): Promise<void>;
  /** What does not exist is removed already. */
  remove(url: string): Promise<void>;
}
