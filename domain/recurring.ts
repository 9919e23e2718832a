/** Ids of schedules and of what they start are typed by operators: public API. */
export const scheduleIds = [
  "campaign-processor",
  "campaign-auto-complete",
  "campaign-analytics-aggregator",
  "maintenance-cleanup",
  "stalled-job-detector",
  "queue-sampler",
  "consistency-check",
  "blacklist-checker",
  "domain-checker",
  "warmup-scheduler",
  "warmup-health-check",
  "warmup-engagement-simulator",
  "reputation-calculator",
  "reputation-gate-check",
] as const;
export type ScheduleId = (typeof scheduleIds)[number];

/** Temporal adds the time of the start to it. */
export function scheduledWorkflowId(scheduleId: ScheduleId): string {
  return `schedule/${scheduleId}`;
}

/** Of a cleanup or check that a person asked for. */
export function maintenanceWorkflowId(runId: string): string {
  return `maintenance/${runId}`;
}

/** Of a check that somebody asked for. */
export function blacklistCheckWorkflowId(runId: string): string {
  return `blacklist-check/${runId}`;
}

export function domainCheckWorkflowId(runId: string): string {
  return `domain-check/${runId}`;
}

/** Work that nobody has touched for so long is taken up again. */
export const stalledAfterMs = 30 * 60_000;

const dayMs = 86_400_000;

/** The last day (UTC, `YYYY-MM-DD`) that had wholly passed at this time. */
export function lastWholeDay(atMs: number): string {
  return new Date(atMs - dayMs).toISOString().slice(0, 10);
}

/** The smallest UUIDv7 of a time: ids made before it compare as smaller (RFC 9562, section 5.7). */
export function firstUuidOf(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
