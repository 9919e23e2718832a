/** What every engine's run comes to, and how it is measured. */
import { cpuMetric, cpuPartMetric } from "./metrics.js";
import type { BenchOptions } from "./options.js";
import type { SinkCounts } from "./sink-session.js";
import { unlessStalled, type SinkProcess } from "./smtp-sink.js";
import type { BenchStack, Cleanup } from "./stack.js";
import { cpuSeconds } from "./usage.js";

export interface BenchInput {
  options: BenchOptions;
  stack: BenchStack;
  /** All mail of all engines goes to it, one engine at a time. */
  sink: SinkProcess;
  cleanup: Cleanup;
  /** Tells the person who waits what happens. */
  say: (text: string) => void;
}

/** A figure of one engine besides its speed. */
export interface Figure {
  metric: string;
  value: number;
  unit: string;
}

export interface EngineRun {
  /** Mails that the sink counted. */
  emails: number;
  /** From the start to the moment at which all is accounted for. */
  seconds: number;
  figures: Figure[];
}

/** Sends a campaign once. */
export type RunEngine = (recipients: number) => Promise<EngineRun>;

export interface Measurement {
  seconds: number;
  sink: SinkCounts;
  /** Milliseconds from the start to the first mail's final dot. */
  firstMailMs: number;
  /** CPU seconds by part, `client` being this process; empty where there is no `/proc`. */
  cpu: Record<string, number>;
}

/**
 * Runs `work` and measures it: time, mails, and the CPU of the process trees named by `parts`. `work` may return the
 * moment at which all was done, in epoch milliseconds; else it is the moment it returns.
 * @throws Error when nothing is sent any more
 */
export async function measure(
  sink: SinkProcess,
  parts: Record<string, number[]>,
  work: () => Promise<number | undefined | void>,
): Promise<Measurement> {
  await sink.reset();
  const cpuBefore = await readCpu(parts);
  const own = process.cpuUsage();
  const startedAtMs = Date.now();
  const endedAtMs = (await unlessStalled(sink, work())) ?? Date.now();
  const cpu: Record<string, number> = {};
  for (const [part, seconds] of Object.entries(await readCpu(parts))) {
    cpu[part] = seconds - (cpuBefore[part] ?? 0);
  }
  const { user, system } = process.cpuUsage(own);
  const counts = await sink.counts();
  if (Object.keys(cpu).length > 0) {
    cpu.client = (user + system) / 1e6;
    cpu["SMTP sink"] = counts.cpuMs / 1000;
  }
  return {
    seconds: (endedAtMs - startedAtMs) / 1000,
    sink: counts,
    firstMailMs: (counts.firstMessageAtMs ?? endedAtMs) - startedAtMs,
    cpu,
  };
}

/** CPU seconds by part; nothing where there is no `/proc`. */
async function readCpu(parts: Record<string, number[]>): Promise<Record<string, number>> {
  const readings = await Promise.all(
    Object.entries(parts).map(async ([part, pids]) => [part, await cpuSeconds(pids)] as const),
  );
  return Object.fromEntries(
    readings.filter((reading): reading is readonly [string, number] => reading[1] !== null),
  );
}

export function sizeFigure({ sink }: Measurement): Figure {
  return { metric: "size of an email", value: sink.bytes / sink.messages / 1024, unit: "kB" };
}

/** CPU of one email: whole, by part, and each part's share. */
export function cpuFigures({ cpu, sink }: Measurement): Figure[] {
  const total = Object.values(cpu).reduce((sum, seconds) => sum + seconds, 0);
  if (total === 0) return [];
  const each = (seconds: number) => (seconds * 1000) / sink.messages;
  const byPart = Object.entries(cpu);
  return [
    { metric: cpuMetric, value: each(total), unit: "ms" },
    ...byPart.map(([part, seconds]) => ({ metric: cpuPartMetric(part), value: each(seconds), unit: "ms" })),
    ...byPart.map(([part, seconds]) => ({
      metric: `CPU share: ${part}`,
      value: (100 * seconds) / total,
      unit: "%",
    })),
  ];
}

/** @throws Error when the sink did not count what it had to. */
export function checkCount(engine: string, counted: number, expected: number): void {
  if (counted !== expected) {
    throw new Error(`${engine}: ${expected} mails were to be sent, the SMTP sink counted ${counted}.`);
  }
}
