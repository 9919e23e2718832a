import type { Redis } from "ioredis";
import { Unavailable } from "../domain/errors.js";
import { packBits } from "./bitmap.js";
import { acceptScript, withdrawScript } from "./journal-script.js";

/** The marks of one batch that are not in Redis yet. */
interface BatchMarks {
  /** Who announces for this batch here; null once two attempts did: neither may take an announcement back. */
  token: string | null;
  /** Breaks of the connection before the journal was taken over. */
  openedAfter: number;
  accepted: Set<number>;
  withdrawn: Set<number>;
  accepting: Promise<void> | undefined;
  withdrawing: Promise<void> | undefined;
}

export interface JournalMarks {
  /** `token` announces from now on. */
  open(key: string, token: string): void;
  /**
   * True when the connection broke since the journal was taken over: a Redis that restarted may lack the last marks that
   * it acknowledged, because it delays writing its file while the disk is busy.
   */
  isStale(key: string): boolean;
  accept(key: string, bit: number): void;
  withdraw(key: string, bits: number[]): void;
  /** These bits are about to be announced again: a withdrawal that has not left yet must not follow. */
  keepAnnounced(key: string, bits: number[]): void;
  /** Resolves when withdrawals on the wire have been answered. */
  withdrawn(key: string): Promise<void>;
  /** Resolves when no acceptance of this batch is missing in Redis, and its withdrawals have been tried. */
  written(key: string): Promise<void>;
  forget(key: string): void;
  flush(): Promise<void>;
}

const retryMs = 100;
/** Batches remembered for their token alone; attempts that failed without dropping their journal leave them behind. */
const mostBatches = 10_000;

/**
 * Marks made in one turn of the event loop share one command a batch. Acceptances are repeated until Redis has them;
 * withdrawals only save a doubt and are tried once.
 */
export function createJournalMarks(redis: Redis): JournalMarks {
  const batches = new Map<string, BatchMarks>();
  const due = new Set<string>();
  let scheduled = false;
  let breaks = 0;
  redis.on("close", () => (breaks += 1));

  const marksOf = (key: string): BatchMarks => {
    const known = batches.get(key);
    if (known) return known;
    const marks = {
      token: null,
      openedAfter: breaks,
      accepted: new Set<number>(),
      withdrawn: new Set<number>(),
    };
    const batch: BatchMarks = { ...marks, accepting: undefined, withdrawing: undefined };
    batches.set(key, batch);
    return batch;
  };

  const schedule = (key: string) => {
    due.add(key);
    if (scheduled) return;
    scheduled = true;
    setImmediate(writeDue);
  };

  const writeDue = () => {
    if (redis.status === "end") return;
    if (redis.status !== "ready") {
      redis.once("ready", writeDue);
      return;
    }
    scheduled = false;
    for (const key of due) {
      const marks = batches.get(key);
      if (marks) write(key, marks);
    }
    due.clear();
  };

  const write = (key: string, marks: BatchMarks) => {
    if (marks.withdrawn.size > 0 && marks.token !== null) {
      const { offset, bytes } = packBits(marks.withdrawn);
      const call = withdrawScript.run(redis, [key], [marks.token, offset, bytes]).catch(() => undefined);
      track(marks, "withdrawing", call);
    }
    marks.withdrawn.clear();
    if (marks.accepted.size === 0) return;
    const bits = [...marks.accepted];
    marks.accepted.clear();
    const { offset, bytes } = packBits(bits);
    const call = acceptScript.run(redis, [key], [offset, bytes]).catch(() => {
      if (batches.get(key) !== marks) return;
      for (const bit of bits) marks.accepted.add(bit);
      setTimeout(schedule, retryMs, key);
    });
    track(marks, "accepting", call);
  };

  const written = async (key: string) => {
    for (let marks = batches.get(key); marks && isWriting(marks); marks = batches.get(key)) {
      if (redis.status === "end") throw new Unavailable("Redis");
      await (marks.accepting ?? marks.withdrawing ?? new Promise((resolve) => setTimeout(resolve, 5)));
    }
  };

  return {
    open: (key, token) => {
      const another = batches.get(key);
      const marks = marksOf(key);
      marks.token = another && another.token !== token ? null : token;
      marks.openedAfter = breaks;
      if (batches.size > mostBatches) removeOldestIdle(batches);
    },
    isStale: (key) => (batches.get(key)?.openedAfter ?? breaks) < breaks,
    accept: (key, bit) => {
      marksOf(key).accepted.add(bit);
      schedule(key);
    },
    withdraw: (key, bits) => {
      const marks = marksOf(key);
      for (const bit of bits) marks.withdrawn.add(bit);
      schedule(key);
    },
    keepAnnounced: (key, bits) => {
      const marks = batches.get(key);
      for (const bit of bits) marks?.withdrawn.delete(bit);
    },
    withdrawn: async (key) => {
      await batches.get(key)?.withdrawing;
    },
    written,
    forget: (key) => void batches.delete(key),
    flush: async () => {
      await Promise.all([...batches.keys()].map(written));
    },
  };
}

function isWriting({ accepted, accepting, withdrawn, withdrawing }: BatchMarks): boolean {
  return accepted.size > 0 || withdrawn.size > 0 || Boolean(accepting ?? withdrawing);
}

/** Adds a command to those on the wire; the field is empty again when all of them are answered. */
function track(marks: BatchMarks, field: "accepting" | "withdrawing", call: Promise<unknown>): void {
  const all: Promise<void> = Promise.all([marks[field], call]).then(() => {
    if (marks[field] === all) marks[field] = undefined;
  });
  marks[field] = all;
}

function removeOldestIdle(batches: Map<string, BatchMarks>): void {
  for (const [key, marks] of batches) {
    if (marks.accepted.size > 0 || marks.accepting) continue;
    batches.delete(key);
    return;
  }
}
