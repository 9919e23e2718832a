/** What warmups need of the world. Adapters: `db/warmup-planning`, `db/warmup-checks`, `client/warmup-workflow`. */
import type { WarmupPlan } from "../domain/warmup-curve.js";
import type { WarmupSubject } from "../domain/warmup-allowance.js";
import type { WarmupStatus } from "../domain/warmup-status.js";

/** How a warmup stands after its day was planned. */
export interface WarmupOutlook extends WarmupSubject {
  warmupId: string;
  tenantId: string;
  status: WarmupStatus;
  /** `YYYY-MM-DD` of the configured time zone. */
  day: string;
  /** Messages that the day allows. */
  planned: number;
  /** Days along its curve, of so many. */
  position: number;
  curveDays: number;
  decision: string;
  reason: string;
  /** False: it was planned before. */
  fresh: boolean;
  /** Its mailbox writes to others of the pool; absent: it does not. */
  writes?: true;
  /** When the next day is planned, if nobody asks before; null: it has ended. */
  wakeAtMs: number | null;
}

export interface WarmupPlanning {
  /** The day at that time, once: asked again, it says the same. Those that are not there are left out. */
  planDays(warmupIds: readonly string[], nowMs: number): Promise<WarmupOutlook[]>;
}

export type WarmupSteer =
  | { kind: "pause"; reason: string | null }
  | { kind: "resume" }
  | { kind: "change-plan"; plan: WarmupPlan }
  | { kind: "stop" };

export interface WarmupRef {
  warmupId: string;
  /** Only if it is this tenant's. */
  tenantId?: string | undefined;
}

/** Steering by a person. What is so already stays as it is. @throws NotFound, Conflict when it has ended */
export type SteerWarmup = (ref: WarmupRef, steer: WarmupSteer) => Promise<void>;

export interface WarmupLabel extends WarmupSubject {
  warmupId: string;
  tenantId: string;
}

export interface WarmupPage {
  warmups: WarmupLabel[];
  /** Null: that was the last page. */
  next: string | null;
}

export interface WarmupChecks {
  /** Those that have not planned the day at that time. */
  findUnplanned(page: { after: string | null; limit: number; nowMs: number }): Promise<WarmupPage>;
  /** Pauses those whose rates are too bad. `warmups` are the ones it has paused. */
  pauseUnhealthy(page: {
    after: string | null;
    limit: number;
    nowMs: number;
  }): Promise<WarmupPage & { checked: number }>;
}

/** Tells its workflow to plan the day; one that was lost is started again. */
export type WakeWarmup = (warmup: WarmupLabel) => Promise<void>;
