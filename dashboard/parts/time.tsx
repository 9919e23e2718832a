import { Tooltip } from "@mantine/core";
import { useSyncExternalStore } from "react";

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });
const short = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

const units: [unit: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ["year", 365.25 * 86_400_000],
  ["month", 30.44 * 86_400_000],
  ["week", 7 * 86_400_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

export interface TimeProps {
  /** ISO 8601; null: it has not happened. */
  at: string | null | undefined;
  /** For null. */
  otherwise?: string;
  /** `exact`: the date itself is shown. Default: how long ago. */
  as?: "relative" | "exact";
}

/** How long ago, or in how long; the exact instant in the person's own zone on hover, on focus and to machines. */
export function Time({ at, otherwise = "—", as = "relative" }: TimeProps) {
  const now = useNow();
  if (at === null || at === undefined) return <span>{otherwise}</span>;
  const date = new Date(at);
  return (
    <Tooltip label={exact.format(date)}>
      <time dateTime={date.toISOString()} style={{ whiteSpace: "nowrap" }}>
        {as === "exact" ? short.format(date) : relativeTime(date.getTime(), now)}
      </time>
    </Tooltip>
  );
}

export function relativeTime(atMs: number, nowMs: number): string {
  const distance = atMs - nowMs;
  const unit = units.find(([, ms]) => Math.abs(distance) >= ms);
  if (!unit) return distance > 10_000 ? "in less than a minute" : "just now";
  return relative.format(Math.round(distance / unit[1]), unit[0]);
}

const tickMs = 10_000;
let nowMs = Date.now();
const listeners = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

/** One clock for all times of a page. */
function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  ticking ??= setInterval(() => {
    nowMs = Date.now();
    for (const one of listeners) one();
  }, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}
