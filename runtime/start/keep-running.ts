import { setTimeout as sleep } from "node:timers/promises";
import { exitText, type EmbeddedPart } from "../embedded/process.js";

/** A part that is started again whenever it ends by itself. */
export interface KeptPart {
  name: string;
  /** The present incarnation. */
  current(): EmbeddedPart;
  /** Ends it for good and waits. */
  stop(): Promise<void>;
}

export interface KeepOptions {
  start: () => Promise<EmbeddedPart>;
  say: (sentence: string) => void;
  /** Wait before the first restart; doubles up to 30 s while it keeps failing. Default 500. */
  firstWaitMs?: number;
}

/** A part that ran this long was well: its next restart does not wait longer than the first. */
const wellAfterMs = 60_000;
const longestWaitMs = 30_000;

/** Starts a part and keeps it running. Rejects when the first start does. */
export async function keepRunning({ start, say, firstWaitMs = 500 }: KeepOptions): Promise<KeptPart> {
  let part = await start();
  const { name } = part;
  const stopping = new AbortController();
  const watching = watch();
  return {
    name,
    current: () => part,
    async stop() {
      stopping.abort();
      await part.stop();
      await watching;
    },
  };

  async function watch(): Promise<void> {
    let waitMs = firstWaitMs;
    while (!stopping.signal.aborted) {
      const since = Date.now();
      const exit = await part.exited;
      if (stopping.signal.aborted) return;
      if (Date.now() - since > wellAfterMs) waitMs = firstWaitMs;
      say(`${name} ended (${exitText(exit)}); starting it again.`);
      waitMs = await restart(waitMs);
    }
  }

  async function restart(waitMs: number): Promise<number> {
    for (let wait = waitMs; ; wait = Math.min(wait * 2, longestWaitMs)) {
      await sleep(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return wait;
      try {
        part = await start();
        if (stopping.signal.aborted) await part.stop();
        else say(`${name} is back.`);
        return Math.min(wait * 2, longestWaitMs);
      } catch (error) {
        say(`${name} could not be started: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}
