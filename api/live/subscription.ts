import { setTimeout as sleep } from "node:timers/promises";
import { toFloeError } from "../../client/failures.js";
import { Unavailable } from "../../domain/errors.js";
import type { LiveFilter, LivePage, LiveUpdate } from "./feed.js";
import type { LiveMetrics } from "./metrics.js";
import type { Outbox } from "./outbox.js";
import type { Tail } from "./tail.js";

export interface Following {
  channel: string;
  filter: LiveFilter;
  /** Behind which it begins. */
  after: string;
  tail: Pick<Tail, "read" | "news">;
  outbox: Outbox;
  metrics: Pick<LiveMetrics, "coalesced">;
  /** Aborted when nobody follows any more. */
  signal: AbortSignal;
}

/** Ids of one look at the latest of everything. */
const mostIds = 500;
const mostPages = 40;
const retryMs = 1_000;
/** Whoever is told nothing for long still learns where it stands, so that its cursor does not grow old. */
const standEveryMs = 60_000;

/**
 * Tells one reader a channel: each update once, in order, as fast as it reads. What it does not read is not queued but read
 * later; a reader that is slow is then told only the latest of each id. Resolves when the signal is aborted.
 * @throws what is no outage of Postgres
 */
export async function follow({
  channel,
  filter,
  after,
  tail,
  outbox,
  metrics,
  signal,
}: Following): Promise<void> {
  let cursor = after;
  let toldCursor = "";
  let toldAtMs = 0;
  let behind = true;

  const tell = async ({ updates, through, isWhole }: CoalescedPage): Promise<void> => {
    for (const { update, coalesced } of updates) {
      if (signal.aborted) return;
      const { sequence, data } = update;
      outbox.send({ type: "update", channel, sequence, data, ...(coalesced > 0 && { coalesced }) });
      metrics.coalesced(coalesced);
      cursor = toldCursor = sequence;
      toldAtMs = Date.now();
      const wasSlow = outbox.slow;
      await outbox.room();
      // The rest of the page is read again, with the latest of everything; what was left out of one is counted in it alone.
      if (isWhole && outbox.slow && !wasSlow) return;
    }
    cursor = through;
  };

  while (!signal.aborted) {
    const read = (from: string): Promise<LivePage> => tail.read(filter, from);
    try {
      const page = outbox.slow ? await readLatest(read, cursor) : plain(await read(cursor));
      await tell(page);
      if (outbox.slow) behind = true;
      if (page.updates.length > 0) continue;
    } catch (error) {
      if (!(toFloeError(error) instanceof Unavailable)) throw error;
      behind = true;
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      continue;
    }
    if (behind || (cursor !== toldCursor && Date.now() - toldAtMs > standEveryMs)) {
      outbox.send({ type: "caught_up", channel, sequence: cursor });
      toldCursor = cursor;
      toldAtMs = Date.now();
      behind = false;
    }
    await tail.news(cursor, signal);
    await outbox.room();
  }
}

interface CoalescedPage {
  updates: { update: LiveUpdate; coalesced: number }[];
  through: string;
  /** Nothing was left out. */
  isWhole: boolean;
}

function plain({ updates, through }: LivePage): CoalescedPage {
  return { updates: updates.map((update) => ({ update, coalesced: 0 })), through, isWhole: true };
}

/** The latest of each id, in the order of their sequences: whoever stops after any of them has missed no state before it. */
export async function readLatest(
  read: (after: string) => Promise<LivePage>,
  after: string,
): Promise<CoalescedPage> {
  const latest = new Map<string, { update: LiveUpdate; coalesced: number }>();
  let through = after;
  for (let pages = 0; pages < mostPages && latest.size < mostIds; pages += 1) {
    const page = await read(through);
    for (const update of page.updates) {
      const earlier = latest.get(update.id);
      // Moves to the end.
      latest.delete(update.id);
      latest.set(update.id, { update, coalesced: earlier ? earlier.coalesced + 1 : 0 });
    }
    through = page.through;
    if (page.updates.length === 0) break;
  }
  return { updates: [...latest.values()], through, isWhole: false };
}
