import type { Gauge } from "prom-client";
import type { StandingCount } from "../db/standing-counts.js";

export type StandingGauges = Record<StandingCount["what"], Gauge<"kind" | "status">>;

const everyMs = 30_000;

/** Shows how much work stands where; what is there no more shows as gone, not as it last was. */
export function sampleStanding(
  count: () => Promise<StandingCount[]>,
  gauges: StandingGauges,
): { stop: () => void } {
  const sample = async (): Promise<void> => {
    const counts = await count();
    for (const gauge of Object.values(gauges)) gauge.reset();
    for (const { what, kind, status, count: number } of counts) gauges[what].set({ kind, status }, number);
  };
  // A database that is away shows in the readiness, not here.
  const look = (): void => void sample().catch(() => undefined);
  look();
  const timer = setInterval(look, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
