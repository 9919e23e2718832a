import { z } from "zod";
import type { ProgressStore } from "../db/progress.js";
import { InvalidInput } from "../domain/errors.js";
import { progressStatuses, type Progress, type ProgressUpdate } from "../domain/progress.js";
import type { ProgressBell } from "../throttle/progress-bell.js";
import { nameSchema, pageSizeSchema, parseInput, tenantIdSchema, uuidSchema } from "./input.js";
import { followProgress, type ProgressSubscription } from "./progress-subscription.js";

export type { ProgressSubscription } from "./progress-subscription.js";

export const progressRefSchema = z.strictObject({ tenantId: tenantIdSchema, id: uuidSchema });
export type ProgressRef = z.input<typeof progressRefSchema>;

export const progressListSchema = z.strictObject({
  tenantId: tenantIdSchema,
  user: nameSchema.optional(),
  status: z.enum(progressStatuses, `is not a status; one of ${progressStatuses.join(", ")}`).optional(),
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type ProgressQuery = z.input<typeof progressListSchema>;

const subscribeSchema = z.strictObject({
  tenantId: tenantIdSchema,
  /** Only of what this user asked for. */
  user: nameSchema.optional(),
  /** Only of this one import, export, send, sequence or run. */
  id: uuidSchema.optional(),
  /** Number of the last update that was taken; absent: what comes from now on. */
  after: z
    .int("must be a whole number")
    .min(0, "must be 0 or the number of an update")
    .max(Number.MAX_SAFE_INTEGER)
    .optional(),
});
export type ProgressSubscriptionInput = z.input<typeof subscribeSchema>;

/** How imports, exports, sends, sequences and runs of job graphs stand; told within about a second. */
export interface ProgressReports {
  /** @throws InvalidInput, NotFound */
  get(ref: ProgressRef): Promise<Progress>;
  /** Newest first; `before` is the last id of the page before. @throws InvalidInput */
  list(query: ProgressQuery): Promise<Progress[]>;
  /** Forgets how something that has ended went. @throws InvalidInput, NotFound; Conflict while it has not ended */
  delete(ref: ProgressRef): Promise<void>;
  /**
   * Calls `onUpdate` with every update, once, in the order of their numbers, one at a time. A subscriber that was away
   * resumes `after` the last number that it has taken. Updates are kept for a day, and the last one of each piece of work
   * for as long as its progress: who comes later misses only what was between.
   * @throws InvalidInput, NotFound (tenant), Unavailable
   */
  subscribe(
    query: ProgressSubscriptionInput,
    onUpdate: (update: ProgressUpdate) => void | Promise<void>,
  ): Promise<ProgressSubscription>;
}

export function createProgressReports(ports: { store: ProgressStore; bell: ProgressBell }): ProgressReports {
  const { store, bell } = ports;
  return {
    get: async (ref) => {
      const { tenantId, id } = parseInput(progressRefSchema, ref);
      return store.loadProgress(tenantId, id);
    },
    list: async (query) => {
      const { tenantId, ...page } = parseInput(progressListSchema, query);
      return store.listProgress(tenantId, page);
    },
    delete: async (ref) => {
      const { tenantId, id } = parseInput(progressRefSchema, ref);
      await store.deleteProgress(tenantId, id);
    },
    subscribe: async (query, onUpdate) => {
      const { after, ...whose } = parseInput(subscribeSchema, query);
      const last = await store.lastSequence(whose.tenantId);
      if (after !== undefined && after > last) {
        const problem = `must be at most ${last}, the tenant's last update; leave it out for what comes from now on`;
        throw new InvalidInput([{ field: "after", problem }]);
      }
      return followProgress({ ...whose, after: after ?? last, store, bell, onUpdate });
    },
  };
}
