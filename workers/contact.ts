import type { NativeConnection } from "@temporalio/worker";

/** The proof that Temporal can hear this process. */
export interface Contact {
  /** Epoch milliseconds of the last answer. */
  lastMs(): number;
  stop(): void;
}

/**
 * Asks Temporal for a sign of life, one small call at a time. The SDK does not tell whether a heartbeat arrived; a process
 * whose calls are not answered, or that was itself stopped for a while, must assume that its heartbeats did not either.
 */
export function keepContact(connection: NativeConnection, everyMs: number): Contact {
  let lastMs = Date.now();
  let asking = false;
  const ask = async () => {
    if (asking) return;
    asking = true;
    const askedMs = Date.now();
    try {
      await connection.withDeadline(askedMs + 4 * everyMs, () =>
        connection.workflowService.getSystemInfo({}),
      );
      // The moment of asking: the answer proves nothing about later ones.
      lastMs = askedMs;
    } catch {
      // Silence is what is being measured.
    } finally {
      asking = false;
    }
  };
  const timer = setInterval(() => void ask(), everyMs);
  timer.unref();
  return { lastMs: () => lastMs, stop: () => clearInterval(timer) };
}
