import { v7 as uuidv7 } from "uuid";
import type { WarmupSteer } from "../activities/warmup-ports.js";
import type { AllowanceUse, WarmupToday } from "../db/warmup-today.js";
import type { Warmup, WarmupDay, WarmupRows } from "../db/warmups.js";
import { InvalidInput } from "../domain/errors.js";
import { addDays, dayOf } from "../domain/warmup-clock.js";
import { curveOf } from "../domain/warmup-curve.js";
import { forecast, type ForecastDay } from "../domain/warmup-forecast.js";
import { warmupPresets, type WarmupPreset } from "../domain/warmup-presets.js";
import { parseInput } from "./input.js";
import {
  changeSchema,
  daysSchema,
  keyOfInput,
  listSchema,
  pauseSchema,
  planOfInput,
  refSchema,
  startSchema,
  type WarmupDaysQuery,
  type WarmupList,
  type WarmupPause,
  type WarmupPlanChange,
  type WarmupRefInput,
  type WarmupStart,
} from "./warmup-input.js";
import type { WarmupWorkflow } from "./warmup-workflow.js";

export type { AllowanceUse } from "../db/warmup-today.js";
export type { Warmup, WarmupDay } from "../db/warmups.js";
export type { ForecastDay } from "../domain/warmup-forecast.js";
export type { WarmupPreset } from "../domain/warmup-presets.js";
export type {
  PlanInput,
  WarmupDaysQuery,
  WarmupList,
  WarmupPause,
  WarmupPlanChange,
  WarmupRefInput,
  WarmupStart,
} from "./warmup-input.js";

/** A warmup, and how it goes today; null once it has ended. */
export interface WarmupStanding extends Warmup {
  /** Messages that were tried today. */
  usedToday: WarmupToday["usedToday"] | null;
  /** What the receiving side thinks of it, by the last seven days. */
  health: WarmupToday["health"] | null;
}

/** A warmup with its curve and what comes next. */
export interface WarmupReport extends WarmupStanding {
  /** Messages of each day of its curve. */
  curve: number[];
  /** If each day is used and goes well; none once it has ended. */
  nextDays: ForecastDay[];
  /** What it allows now, and what of it is used today: of all its mail, and towards each mailbox provider that has a share. */
  allowances: AllowanceUse[];
}

/** Volume that rises a day at a time, for a node, a domain or a mailbox. With a tenant: only what is that tenant's. */
export interface Warmups {
  /** Ready-made curves, and whose figures they follow. */
  presets(): Promise<WarmupPreset[]>;
  /** Its first day begins at once. @throws InvalidInput, NotFound (tenant, node), Conflict when it is warming up already */
  start(input: WarmupStart): Promise<WarmupReport>;
  /** Newest first; `before` is the last one of the page before. */
  list(query?: WarmupList): Promise<WarmupStanding[]>;
  /** @throws NotFound */
  get(ref: WarmupRefInput): Promise<WarmupReport>;
  /** Each day, newest first: what was planned and why, and what was measured. @throws NotFound */
  days(query: WarmupDaysQuery): Promise<WarmupDay[]>;
  /** The allowance stays as it is and does not rise. @throws NotFound, Conflict when it has ended */
  pause(input: WarmupPause): Promise<WarmupReport>;
  /** Also one that health has paused. @throws NotFound, Conflict */
  resume(ref: WarmupRefInput): Promise<WarmupReport>;
  /** It goes on where the new curve allows no more than now. @throws InvalidInput, NotFound, Conflict */
  changePlan(input: WarmupPlanChange): Promise<WarmupReport>;
  /** Nothing is held back by it any more. @throws NotFound, Conflict when it is done */
  stop(ref: WarmupRefInput): Promise<WarmupReport>;
}

export interface WarmupParts {
  rows: WarmupRows;
  workflow: WarmupWorkflow;
  timeZone: string;
}

const daysAhead = 30;

export function createWarmups({ rows, workflow, timeZone }: WarmupParts): Warmups {
  const standings = async (warmups: readonly Warmup[]): Promise<WarmupStanding[]> => {
    const today = await rows.loadToday(warmups, dayOf(Date.now(), timeZone));
    return warmups.map((warmup) => ({ ...warmup, ...(today.get(warmup.warmupId) ?? ended) }));
  };
  const report = async (ref: WarmupRefInput): Promise<WarmupReport> => {
    const warmup = await rows.loadWarmup(ref);
    const [standing] = await standings([warmup]);
    const allowances = await rows.loadUses(warmup.warmupId, dayOf(Date.now(), timeZone));
    return { ...warmup, ...ended, ...standing, ...outlookOf(warmup, timeZone), allowances };
  };
  const steer = async (ref: WarmupRefInput, how: WarmupSteer): Promise<WarmupReport> => {
    await rows.steerWarmup(ref, how);
    const steered = await report(ref);
    await workflow.wake(steered);
    return steered;
  };
  return {
    presets: async () => [...warmupPresets],
    start: async (input) => {
      const { tenantId, kind, key: text, ...how } = parseInput(startSchema, input);
      if (tenantId === undefined && kind !== "node") {
        const problem = `is missing; a ${kind} is a tenant's, only a shared node is the platform's`;
        throw new InvalidInput([{ field: "tenantId", problem }]);
      }
      const warmupId = uuidv7();
      const subject = { kind, key: keyOfInput(kind, text), plan: planOfInput(kind, how) };
      await rows.createWarmup({ ...subject, warmupId, tenantId: tenantId ?? "*" });
      const started = await report({ warmupId });
      await workflow.wake(started);
      return started;
    },
    list: async (query = {}) => standings(await rows.listWarmups(parseInput(listSchema, query))),
    get: async (ref) => report(parseInput(refSchema, ref)),
    days: async (query) => {
      const { before, limit, ...ref } = parseInput(daysSchema, query);
      const { warmupId } = await rows.loadWarmup(ref);
      return rows.listDays(warmupId, { before, limit });
    },
    pause: async (input) => {
      const { reason, ...ref } = parseInput(pauseSchema, input);
      return steer(ref, { kind: "pause", reason: reason ?? null });
    },
    resume: async (ref) => steer(parseInput(refSchema, ref), { kind: "resume" }),
    changePlan: async (input) => {
      const { preset, plan, ...ref } = parseInput(changeSchema, input);
      const { kind } = await rows.loadWarmup(ref);
      return steer(ref, { kind: "change-plan", plan: planOfInput(kind, { preset, plan }) });
    },
    stop: async (ref) => steer(parseInput(refSchema, ref), { kind: "stop" }),
  };
}

const ended = { usedToday: null, health: null };

function outlookOf(warmup: Warmup, timeZone: string): Pick<WarmupReport, "curve" | "nextDays"> {
  const { plan, position, lastDay, endedAt } = warmup;
  const next =
    lastDay === null
      ? { day: dayOf(Date.now(), timeZone), position }
      : { day: addDays(lastDay, 1), position: position + 1 };
  return {
    curve: curveOf(plan),
    nextDays: endedAt === null ? forecast(plan, next.position, { day: next.day, days: daysAhead }) : [],
  };
}
