import type pg from "pg";
import type { WarmupOutlook, WarmupPlanning } from "../activities/warmup-ports.js";
import { addDays, alarmAfter, dayOf } from "../domain/warmup-clock.js";
import { allowanceAt, curveOf, plannedBy, type Allowance } from "../domain/warmup-curve.js";
import { healthWindowDays } from "../domain/receiver-rates.js";
import { planNext, positionAllowed, type DayFacts, type NextDay } from "../domain/warmup-next.js";
import { allowanceKey } from "../domain/warmup-allowance.js";
import { transaction } from "./pool.js";
import { loadDayFacts } from "./warmup-facts.js";
import { progressOf, progressText, type ProgressRow } from "./warmup-progress.js";
import { writePlanned } from "./warmup-writes.js";

/** The next day of one warmup, as it is written. */
export interface PlannedDay extends NextDay {
  row: ProgressRow;
  day: string;
  planned: number;
  /** By the keys that permits ask for. */
  allowances: Record<string, Allowance>;
  /** What became of the last planned day; null: there was none, or it is not over. */
  measured: DayFacts | null;
}

/** @param timeZone whose calendar days are planned */
export function createWarmupPlanning(pool: pg.Pool, timeZone: string): WarmupPlanning {
  return { planDays: (warmupIds, nowMs) => planDays(pool, warmupIds, { nowMs, timeZone }) };
}

interface At {
  nowMs: number;
  timeZone: string;
}

async function planDays(pool: pg.Pool, warmupIds: readonly string[], at: At): Promise<WarmupOutlook[]> {
  const today = dayOf(at.nowMs, at.timeZone);
  return transaction(pool, async (client) => {
    const { rows } = await client.query<ProgressRow>(progressText, [warmupIds]);
    const open = rows.filter(({ endedAt }) => endedAt === null);
    // Clocks that disagree about the day do not plan one twice.
    const [due, planned] = partition(open, ({ lastDay }) => lastDay === null || lastDay < today);
    const facts = await loadDayFacts(client, due, {
      from: earliest(due, today),
      until: addDays(today, -1),
      timeZone: at.timeZone,
    });
    const next = [
      ...due.map((row) => nextDay(row, facts.get(allowanceKey(row)) ?? [], today)),
      ...planned.filter(({ replan }) => replan).map(sameDayAnew),
    ];
    await writePlanned(client, next);
    const byId = new Map(next.map((day) => [day.row.warmupId, day]));
    return rows.map((row) => toOutlook(row, byId.get(row.warmupId), { ...at, today }));
  });
}

/** From which day facts are needed: all since the last planned one, and those that are judged. */
function earliest(due: readonly ProgressRow[], today: string): string {
  const judged = addDays(today, -healthWindowDays);
  return due.reduce((from, { lastDay }) => (lastDay !== null && lastDay < from ? lastDay : from), judged);
}

function nextDay(row: ProgressRow, facts: readonly DayFacts[], today: string): PlannedDay {
  const next = planNext(progressOf(row), facts, today);
  const measured =
    row.lastDay === null ? null : (facts.find(({ day }) => day === row.lastDay) ?? nothing(row.lastDay));
  return { ...next, row, day: today, measured, ...allowancesOf(row, next) };
}

/** Its plan or its pause was changed during the day that is planned already. */
function sameDayAnew(row: ProgressRow): PlannedDay {
  const progress = progressOf(row);
  const { lastDay, lastDecision, lastReason } = row;
  const next = {
    ...progress,
    decision: row.pausedBy === "health" ? "stop" : lastDecision,
    reason: row.reason ?? lastReason,
  } as const;
  return { ...next, row, day: lastDay ?? "", measured: null, ...allowancesOf(row, next) };
}

function allowancesOf(row: ProgressRow, next: NextDay): Pick<PlannedDay, "planned" | "allowances"> {
  const allowance = allowanceAt(row.plan, positionAllowed(next));
  const { total, mailboxProviders } = allowance;
  return {
    planned: plannedBy(allowance),
    allowances: {
      ...(total && { [allowanceKey(row)]: total }),
      ...Object.fromEntries(
        Object.entries(mailboxProviders).map(([provider, share]) => [allowanceKey(row, provider), share]),
      ),
    },
  };
}

function toOutlook(
  row: ProgressRow,
  next: PlannedDay | undefined,
  { today, timeZone }: At & { today: string },
): WarmupOutlook {
  const { warmupId, tenantId, kind, key, plan } = row;
  const status = next?.status ?? row.status;
  const day = row.lastDay !== null && row.lastDay > today ? row.lastDay : today;
  return {
    ...{ warmupId, tenantId, kind, key, status, day },
    planned: next?.planned ?? row.planned ?? 0,
    position: next?.position ?? row.position,
    curveDays: curveOf(plan).length,
    decision: next?.decision ?? row.lastDecision,
    reason: next?.reason ?? row.reason ?? "",
    fresh: next !== undefined && next.day !== row.lastDay,
    wakeAtMs: status === "done" || status === "stopped" ? null : alarmAfter(day, { warmupId, timeZone }),
  };
}

function nothing(day: string): DayFacts {
  const none = { accepted: 0, deferred: 0, bounced: 0, complained: 0, opened: 0, clicked: 0 };
  return { day, used: 0, ...none };
}

function partition<T>(items: readonly T[], is: (item: T) => boolean): [T[], T[]] {
  return [items.filter(is), items.filter((item) => !is(item))];
}
