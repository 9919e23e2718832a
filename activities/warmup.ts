import { heartbeat } from "@temporalio/activity";
import { Conflict, InvalidInput, NotFound } from "../domain/errors.js";
import { checkWarmupPlan } from "../domain/warmup-plan-check.js";
import { withFailures } from "./failures.js";
import type {
  SteerWarmup,
  WakeWarmup,
  WarmupChecks,
  WarmupLabel,
  WarmupOutlook,
  WarmupPlanning,
  WarmupSteer,
} from "./warmup-ports.js";

export interface WarmupActivities {
  /** @returns null: it is not there any more */
  planWarmupDay(input: { warmupId: string; nowMs: number }): Promise<WarmupOutlook | null>;
  /** What does not fit is left out, with the reason; a signal has nobody to answer. */
  steerWarmup(input: { warmupId: string; steer: WarmupSteer }): Promise<{ refused: string | null }>;
  /** One page. */
  wakeWarmups(input: RoundPage): Promise<{ woken: number; next: string | null }>;
  checkWarmups(input: RoundPage): Promise<{ checked: number; paused: number; next: string | null }>;
}

interface RoundPage {
  after: string | null;
  nowMs: number;
}

export interface WarmupActivityPorts {
  planning: WarmupPlanning;
  checks: WarmupChecks;
  steer: SteerWarmup;
  wake: WakeWarmup;
  /** Whether the mailbox of this warmup writes to others of the pool. */
  takesPart: (warmupId: string) => Promise<boolean>;
  /** Told of every day that was planned. */
  observe: (outlook: WarmupOutlook) => void;
}

const pageSize = 200;
/** Requests to Temporal at the same time. */
const atOnce = 10;

/** Each may be repeated at any moment: a day is planned once. */
export function createWarmupActivities(ports: WarmupActivityPorts): WarmupActivities {
  const { planning, checks, steer, wake, takesPart, observe } = ports;
  return withFailures({
    async planWarmupDay({ warmupId, nowMs }: { warmupId: string; nowMs: number }) {
      const [outlook] = await planning.planDays([warmupId], nowMs);
      if (outlook?.fresh) observe(outlook);
      if (outlook?.kind !== "mailbox") return outlook ?? null;
      return (await takesPart(warmupId)) ? { ...outlook, writes: true as const } : outlook;
    },

    async steerWarmup({ warmupId, steer: how }: { warmupId: string; steer: WarmupSteer }) {
      try {
        if (how.kind === "change-plan") refuseWrong(how);
        await steer({ warmupId }, how);
        return { refused: null };
      } catch (error) {
        if (error instanceof InvalidInput || error instanceof Conflict || error instanceof NotFound)
          return { refused: error.message };
        throw error;
      }
    },

    async wakeWarmups({ after, nowMs }: RoundPage) {
      const { warmups, next } = await checks.findUnplanned({ after, limit: pageSize, nowMs });
      await wakeAll(warmups, wake);
      return { woken: warmups.length, next };
    },

    async checkWarmups({ after, nowMs }: RoundPage) {
      const { warmups, checked, next } = await checks.pauseUnhealthy({ after, limit: pageSize, nowMs });
      // At once, and not when its workflow comes to it: what does harm is held back.
      await planning.planDays(
        warmups.map(({ warmupId }) => warmupId),
        nowMs,
      );
      await wakeAll(warmups, wake);
      return { checked, paused: warmups.length, next };
    },
  });
}

function refuseWrong({ plan }: Extract<WarmupSteer, { kind: "change-plan" }>): void {
  const problems = checkWarmupPlan(plan);
  if (problems.length > 0) throw new InvalidInput(problems);
}

async function wakeAll(warmups: readonly WarmupLabel[], wake: WakeWarmup): Promise<void> {
  for (let at = 0; at < warmups.length; at += atOnce) {
    await Promise.all(warmups.slice(at, at + atOnce).map(wake));
    heartbeat(warmups[at]?.warmupId);
  }
}
