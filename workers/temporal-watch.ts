import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { takeLook, type AlertLook, type Watched, type WatchState } from "../domain/alert-watch.js";
import { isOwnWatch, partRule, type AlertChange, type AlertRule } from "../domain/alerts.js";
import { keepLooking } from "./keep-looking.js";
import { answers } from "./part-answers.js";

export interface TemporalWatchInput {
  pingTemporal: () => Promise<unknown>;
  /** How long ago the flow looked; null: never. */
  /** By which it tells; null: it is off, and nothing is watched. */
  loadRule: () => Promise<AlertRule | null>;
  lookedAgoMs: () => Promise<number | null>;
  loadOpen: () => Promise<Watched[]>;
  /** @returns ids of those that nobody else had written. @throws while Postgres is away */
  record: (changes: AlertChange[]) => Promise<ReadonlySet<string>>;
  tell: (change: AlertChange) => Promise<void>;
  log: Logger;
  everyMs?: number;
  /** So long without a look, and nobody evaluates rules. */
  staleAfterMs?: number;
}

interface Waiting {
  change: AlertChange;
  isWritten: boolean;
  isTold: boolean;
}

const mostKept = 100;

/**
 * Notices what no workflow can: that Temporal is away, or that nobody evaluates alerts. Each process watches for itself; who
 * writes it down first tells. While Postgres is away too, each tells.
 */
export function watchTemporal({
  pingTemporal,
  loadRule,
  lookedAgoMs,
  loadOpen,
  record,
  tell,
  log,
  everyMs = 10_000,
  staleAfterMs = 300_000,
}: TemporalWatchInput): { stop: () => Promise<void> } {
  let state: WatchState = {};
  let isAdopted = false;
  /** As it was when it could last be read. */
  let rule: AlertRule | null = partRule;
  let waiting: Waiting[] = [];

  async function read(): Promise<AlertLook> {
    rule = await loadRule();
    const isUp = await answers(pingTemporal);
    const open = isAdopted ? [] : (await loadOpen()).filter((one) => isOwnWatch(one.rule, one.subject));
    isAdopted = true;
    const agoMs = await lookedAgoMs();
    if (!rule) return { readings: [], gone: Object.keys(state), open };
    const readings = [{ rule, subject: "temporal", value: isUp ? 0 : 1 }];
    // Without Temporal it cannot look, and that is said already.
    if (isUp && agoMs !== null)
      readings.push({ rule, subject: "alerts", value: agoMs > staleAfterMs ? 1 : 0 });
    return { readings, gone: [], open };
  }

  /** Without Postgres: what needs none. */
  const readTemporal = async (): Promise<AlertLook> => {
    const value = (await answers(pingTemporal)) ? 0 : 1;
    return { readings: rule ? [{ rule, subject: "temporal", value }] : [], gone: [], open: [] };
  };

  /** Who writes it first tells; without Postgres everybody does. */
  async function write(): Promise<void> {
    const unwritten = waiting.filter(({ isWritten }) => !isWritten);
    if (unwritten.length === 0) return;
    try {
      const own = await record(unwritten.map(({ change }) => change));
      for (const one of unwritten) {
        one.isWritten = true;
        one.isTold ||= !own.has(one.change.alertId);
      }
    } catch (error) {
      log.warn({ err: error }, "alert.not_written");
    }
  }

  async function look(): Promise<void> {
    const seen = await read().catch(readTemporal);
    const taken = takeLook(state, seen, { nowMs: Date.now(), newId: randomUUID });
    state = taken.state;
    waiting.push(...taken.changes.map((change) => ({ change, isWritten: false, isTold: false })));
    await write();
    for (const one of waiting.filter(({ isTold }) => !isTold))
      await tell(one.change).then(
        () => (one.isTold = true),
        () => undefined,
      );
    waiting = waiting.filter(({ isWritten, isTold }) => !isWritten || !isTold).slice(-mostKept);
  }

  return keepLooking({ look, waitMs: () => everyMs, log, event: "alert.watch_failed" });
}
