/** How finely a series over time is told. */
export const resolutions = ["minute", "hour", "day"] as const;
export type Resolution = (typeof resolutions)[number];

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export const resolutionMs: Record<Resolution, number> = { minute: minuteMs, hour: hourMs, day: dayMs };

/** How long rows of the finer ones are kept; those of days have a retention of their own. */
export const keptMs: Record<"minute" | "hour", number> = { minute: 3 * dayMs, hour: 62 * dayMs };

/** What shows a span in some two hundred points or fewer: 3 hours by minutes, 8 days by hours, longer ones by days. */
export function resolutionFor(spanMs: number): Resolution {
  if (spanMs <= 3 * hourMs) return "minute";
  return spanMs <= 8 * dayMs ? "hour" : "day";
}

/** A worker process that has written nothing for so long is lost. It writes every five seconds. */
export const workerLostAfterMs = 45_000;

export type WorkerState = "active" | "idle" | "stopped" | "lost";

export function workerStateOf(
  { seenAt, stoppedAt, active }: { seenAt: Date; stoppedAt: Date | null; active: number },
  nowMs: number,
): WorkerState {
  if (stoppedAt) return "stopped";
  if (nowMs - seenAt.getTime() > workerLostAfterMs) return "lost";
  return active > 0 ? "active" : "idle";
}
