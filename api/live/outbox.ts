import type { WebSocket } from "ws";
import type { LiveMessage } from "../../domain/live-updates.js";

export interface Outbox {
  send(message: LiveMessage): void;
  /** Resolves when the reader has taken enough of what it was sent, or when it is gone: what can come without end waits for it. */
  room(): Promise<void>;
  /** The reader has kept the last one waiting for long: it is better served with the latest of everything. */
  readonly slow: boolean;
  close(): void;
}

export interface OutboxLimits {
  /** Bytes on the way to the reader above which there is no room. */
  fullBytes: number;
  /** A wait for room of this length makes a reader slow. */
  slowAfterMs: number;
  /** One that has made no room for so long does not read at all. */
  stalledAfterMs: number;
}

export interface OutboxOptions {
  limits: OutboxLimits;
  onSend: (type: LiveMessage["type"]) => void;
  onStalled: () => void;
}

/** Answers do not wait for room: who asks and asks and does not read them is cut off, too. */
const mostTimesFull = 8;

/** Bytes on the way to one reader are bounded: what it has not read stays in Postgres, which keeps it in order. */
export function createOutbox(socket: WebSocket, { limits, onSend, onStalled }: OutboxOptions): Outbox {
  let bytes = 0;
  let fullSinceMs: number | undefined;
  let slow = false;
  let closed = false;
  let stalled: NodeJS.Timeout | undefined;
  const waiting = new Set<() => void>();

  const isFull = (): boolean => bytes > limits.fullBytes;
  const letGo = (): void => {
    clearTimeout(stalled);
    fullSinceMs = undefined;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  const taken = (length: number): void => {
    bytes -= length;
    if (fullSinceMs === undefined || isFull()) return;
    slow = Date.now() - fullSinceMs >= limits.slowAfterMs;
    letGo();
  };
  const watch = (): void => {
    if (!isFull() || fullSinceMs !== undefined) return;
    fullSinceMs = Date.now();
    stalled = setTimeout(onStalled, limits.stalledAfterMs);
  };

  return {
    send(message) {
      if (closed) return;
      const text = JSON.stringify(message);
      const length = Buffer.byteLength(text);
      bytes += length;
      onSend(message.type);
      // Called when the system has taken it, or when it never will.
      socket.send(text, () => taken(length));
      if (bytes > mostTimesFull * limits.fullBytes) return onStalled();
      watch();
    },
    async room() {
      if (!isFull()) return void (slow = false);
      if (!closed) await new Promise<void>((resolve) => waiting.add(resolve));
    },
    get slow() {
      return slow;
    },
    close() {
      closed = true;
      letGo();
    },
  };
}
