import type { AlertChange, AlertReading, AlertRule } from "./alerts.js";

/** One fact that is not as it should be. What is as it should be is not remembered. */
export interface Watched {
  rule: AlertRule;
  subject: string;
  value: number;
  /** Null: it does not fire yet. */
  alertId: string | null;
  /** How long it has been seen beyond its threshold, or, once it fires, below the other one. */
  heldMs: number;
  /** When it was last seen there; null: it was seen elsewhere, or not at all, since. */
  seenAtMs: number | null;
}

/** By rule and subject. */
export type WatchState = Record<string, Watched>;

/** What a look has found. */
export interface AlertLook {
  /** Beyond their thresholds, and all that were watched, as far as they could be read. */
  readings: AlertReading[];
  /** Watched ones whose rule is gone, off or another one now. */
  gone: string[];
  /** Open alerts that are not watched: whoever raised them has lost its memory. */
  open: Watched[];
}

export function watchKey(rule: Pick<AlertRule, "ruleId" | "tenantId">, subject: string): string {
  return `${rule.ruleId} ${rule.tenantId ?? ""} ${subject}`;
}

/**
 * The next state, and what is to be told. What could not be read is as it was: it neither fires nor clears, and the time without a
 * reading counts for neither. @param newId called for each alert that is raised
 */
export function takeLook(
  before: WatchState,
  { readings, gone, open }: AlertLook,
  { nowMs, newId }: { nowMs: number; newId: () => string },
): { state: WatchState; changes: AlertChange[] } {
  const adopted = open.map((one) => [watchKey(one.rule, one.subject), one] as const);
  const state: WatchState = { ...Object.fromEntries(adopted), ...before };
  const next: WatchState = {};
  const changes: AlertChange[] = [];
  const read = new Map(readings.map((reading) => [watchKey(reading.rule, reading.subject), reading]));
  for (const key of new Set([...Object.keys(state), ...read.keys()])) {
    const [was, reading] = [state[key], read.get(key)];
    if (was && gone.includes(key)) {
      if (was.alertId) changes.push(changeOf("cleared", was, was.alertId, nowMs, "rule-gone"));
      continue;
    }
    if (!reading) {
      if (was) next[key] = { ...was, seenAtMs: null };
      continue;
    }
    const after = step(was, reading, nowMs);
    if (after.alertId === null && fires(after)) {
      const alertId = newId();
      next[key] = { ...after, alertId, heldMs: 0, seenAtMs: null };
      changes.push(changeOf("raised", after, alertId, nowMs, null));
    } else if (after.alertId !== null && clears(after)) {
      changes.push(changeOf("cleared", after, after.alertId, nowMs, "recovered"));
    } else if (after.alertId !== null || after.seenAtMs !== null) {
      next[key] = after;
    }
  }
  return { state: next, changes };
}

/** Time counts between two readings in a row that agree; the first of them is where it begins. */
function step(before: Watched | undefined, { rule, subject, value }: AlertReading, nowMs: number): Watched {
  const alertId = before?.alertId ?? null;
  const isThere = alertId === null ? value > rule.fireAbove : value <= rule.clearAtMost;
  const base = { rule, subject, value, alertId };
  if (!isThere) return { ...base, heldMs: 0, seenAtMs: null };
  const sinceMs = nowMs - (before?.seenAtMs ?? nowMs);
  return { ...base, heldMs: (before?.heldMs ?? 0) + sinceMs, seenAtMs: nowMs };
}

function fires({ rule, heldMs, seenAtMs }: Watched): boolean {
  return seenAtMs !== null && heldMs >= rule.forMs;
}

function clears({ rule, heldMs, seenAtMs }: Watched): boolean {
  return seenAtMs !== null && heldMs >= rule.clearForMs;
}

function changeOf(
  what: AlertChange["what"],
  { rule, subject, value }: Watched,
  alertId: string,
  atMs: number,
  reason: AlertChange["reason"],
): AlertChange {
  return { what, alertId, rule, subject, value, atMs, reason, isTest: false };
}
