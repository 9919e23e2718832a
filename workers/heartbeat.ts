import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Logger } from "pino";
import type { WorkerBeat, WorkerQueue, WorkNews } from "../db/worker-beats.js";
import { version } from "../runtime/version.js";
import { keepLooking } from "./keep-looking.js";
import { usedMemory } from "./load-sampler.js";
import type { WorkCounter } from "./work-counter.js";

export interface HeartbeatInput {
  role: string;
  counter: WorkCounter;
  /** Of each queue that the process polls. */
  slots: ReadonlyMap<string, number>;
  record: (beat: WorkerBeat, news: WorkNews) => Promise<void>;
  log: Logger;
  everyMs?: number;
}

/** Tells Postgres that this process lives, what it is busy with, and what it did. Postgres away: it is told afterwards. */
export function keepBeating({ role, counter, slots, record, log, everyMs = 5_000 }: HeartbeatInput): {
  stop: () => Promise<void>;
} {
  const one = {
    ...{ workerId: randomUUID(), role, version, startedAt: new Date() },
    ...{ identity: `${process.pid}@${hostname()}`, host: hostname(), pid: process.pid },
  };
  const beat = (stopping: boolean): Promise<void> =>
    counter.write((news) =>
      record(
        {
          ...one,
          ...{ memory: usedMemory(), rssBytes: process.memoryUsage.rss(), stopping },
          queues: [...slots].map(([queue, of]): WorkerQueue => ({
            queue,
            slots: of,
            active: counter.active(queue),
          })),
        },
        news,
      ),
    );
  let waitMs = 0;
  const beating = keepLooking({
    ...{ log, event: "worker.heartbeat_failed" },
    look: () => {
      waitMs = everyMs;
      return beat(false);
    },
    waitMs: () => waitMs,
  });
  return {
    stop: async () => {
      await beating.stop();
      await beat(true).catch((err: unknown) => log.warn({ err }, "worker.heartbeat_failed"));
    },
  };
}
