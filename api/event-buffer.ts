import type { Logger } from "pino";

/** What a recipient did, as a tracking request tells it. The tenant follows from the send. */
export interface TrackingEvent {
  sendId: string;
  contactId: string;
  kind: "open" | "click";
  /** Place of a static link in the template version's `links`. */
  link?: number;
  /** Target of a link that was not static. */
  url?: string;
  userAgent?: string;
  occurredAt: Date;
}

export interface EventBufferOptions {
  /** Writes a group in one transaction; rejects when it could not. */
  record: (events: TrackingEvent[]) => Promise<void>;
  log: Logger;
  /** A group waits this long for company. Default 100 ms. */
  flushEveryMs?: number;
  /** A group of this size is written at once. Default 500. */
  groupSize?: number;
  /** Events kept while Postgres is away; later ones are counted and dropped. Default 100,000. */
  maxEvents?: number;
}

export interface EventBuffer {
  /** Resolves when the event's group is committed, or when the event was dropped. Never rejects. */
  add(event: TrackingEvent): Promise<void>;
  /** Events waiting to be written. */
  size(): number;
  /** Writes what is left; gives up after `withinMs` and says how much was lost. */
  close(withinMs: number): Promise<void>;
}

interface Waiting {
  event: TrackingEvent;
  done: () => void;
}

const firstRetryMs = 250;
const longestRetryMs = 5_000;

/**
 * Groups tracking events so that a flood of opens costs a few transactions a second, as a database groups commits.
 * While Postgres is away the events are kept and written later; requests are not held up by that.
 */
export function createEventBuffer(options: EventBufferOptions): EventBuffer {
  const { record, log, flushEveryMs = 100, groupSize = 500, maxEvents = 100_000 } = options;
  const waiting: Waiting[] = [];
  const nap = createNap();
  let writer: Promise<void> | undefined;
  let retryMs = 0;
  let dropped = 0;
  let closing = false;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      if (!closing && waiting.length < groupSize) await nap.sleep(flushEveryMs);
      try {
        await recordFirst(Math.min(groupSize, waiting.length));
        retryMs = 0;
        reportDropped();
      } catch (error) {
        retryMs = Math.min(longestRetryMs, Math.max(firstRetryMs, retryMs * 2));
        log.warn({ err: error, waiting: waiting.length, retryMs }, "tracking.events_kept");
        await nap.sleep(closing ? firstRetryMs : retryMs);
      }
    }
  }

  /** An event that Postgres refuses (a value it cannot hold) must not hold the others up: halve until it stands alone. */
  async function recordFirst(count: number): Promise<void> {
    const group = waiting.slice(0, count);
    try {
      await record(group.map(({ event }) => event));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (count > 1) {
        await recordFirst(Math.ceil(count / 2));
        return recordFirst(Math.floor(count / 2));
      }
      log.error({ err: error, sendId: group[0]?.event.sendId }, "tracking.event_refused");
    }
    for (const { done } of waiting.splice(0, count)) done();
  }

  function reportDropped(): void {
    if (dropped > 0) log.error({ dropped }, "tracking.events_dropped");
    dropped = 0;
  }

  return {
    add(event) {
      if (closing || waiting.length >= maxEvents) {
        dropped += 1;
        return Promise.resolve();
      }
      return new Promise((done) => {
        waiting.push({ event, done });
        if (waiting.length >= groupSize && retryMs === 0) nap.wake();
        writer ??= write().finally(() => (writer = undefined));
      });
    },
    size: () => waiting.length,
    async close(withinMs) {
      closing = true;
      nap.wake();
      const patience = createNap();
      await Promise.race([writer, patience.sleep(withinMs)]);
      patience.wake();
      dropped += waiting.length;
      for (const { done } of waiting.splice(0)) done();
      reportDropped();
    },
  };
}

/** A sleep that another party may cut short. */
function createNap(): { sleep(ms: number): Promise<void>; wake(): void } {
  let wake = (): void => {};
  return {
    sleep: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    wake: () => wake(),
  };
}

/** SQLSTATE classes 22 (a value that cannot be stored) and 23 (a constraint): trying again changes nothing. */
function isRefusal(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^2[23][0-9A-Z]{3}$/.test(code);
}
