import type { ProgressFeed } from "../../db/progress-feed.js";
import type { ProgressStore } from "../../db/progress.js";
import { NotFound } from "../../domain/errors.js";
import type { ProgressUpdate } from "../../domain/progress.js";
import { progressToJson } from "../operations/progress.js";
import { notACursor, snapshotRows, type LiveFeed } from "./feed.js";

export interface ProgressLivePorts {
  store: Pick<ProgressStore, "lastSequence" | "readUpdates" | "loadProgress">;
  feed: ProgressFeed;
}

/** Progress of a tenant's work, by the numbers that its updates have. */
export function createProgressLive({ store, feed }: ProgressLivePorts, tenantId: string): LiveFeed {
  return {
    resource: "progress",
    position: async () => String(await store.lastSequence(tenantId)),
    async read(filter, after, limit) {
      const { updates, through } = await store.readUpdates({
        ...{ tenantId, ...filter, limit },
        after: readNumber(after),
      });
      const told = updates.map((update) => ({
        ...{ sequence: String(update.sequence), id: update.id, user: update.user },
        data: updateToJson(update),
      }));
      return { updates: told, through: String(through) };
    },
    async snapshot(filter) {
      const { standings, sequence } = await feed.readStandings({ tenantId, ...filter, limit: snapshotRows });
      return { sequence: String(sequence), data: standings.map(progressToJson) };
    },
    isGap: async (sequence) => feed.isGap(tenantId, readNumber(sequence)),
    async requireSubject({ user, id }) {
      if (id === undefined) return;
      const progress = await store.loadProgress(tenantId, id);
      if (user !== undefined && progress.user !== user) throw new NotFound("progress of", id);
    },
    compare: (a, b) => Number(a) - Number(b),
    matches: ({ user, id }, update) =>
      (user === undefined || update.user === user) && (id === undefined || update.id === id),
  };
}

function readNumber(sequence: string): number {
  const number = Number(sequence);
  if (!/^\d{1,16}$/.test(sequence) || !Number.isSafeInteger(number)) throw notACursor();
  return number;
}

function updateToJson(update: ProgressUpdate) {
  return {
    id: update.id,
    tenant_id: update.tenantId,
    user_id: update.user,
    kind: update.kind,
    status: update.status,
    total: update.total,
    processed: update.processed,
    failed: update.failed,
    message: update.message,
    sequence: update.sequence,
    at: update.at,
  };
}
