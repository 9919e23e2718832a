/** A lane is a class of urgency with its own task queue, worker slots and priority. */
export const lanes = ["priority-high", "campaign-standard", "warmup", "retry"] as const;
export type Lane = (typeof lanes)[number];

/** Temporal's priority key inside a lane: 1 goes first, 5 last; 3 is Temporal's default. */
export const lanePriority: Record<Lane, number> = {
  "priority-high": 1,
  "campaign-standard": 3,
  warmup: 4,
  retry: 4,
};

export function isLane(value: string): value is Lane {
  return (lanes as readonly string[]).includes(value);
}

/** Queue that runs workflows and their short activities (snapshot, plan, finish). */
export const orchestrationQueue = "campaign";
/** Queue of imports: few at a time, bound by CPU and memory. */
export const ioQueue = "io";
/** Queue of one lane's `sendBatch` activities. */
export function laneQueue(lane: Lane): string {
  return `send-${lane}`;
}
/** Queue of requests to webhooks: those of one region, or of none. */
export function webhookQueue(region: string | null): string {
  return region === null ? "webhooks" : `webhooks-${region}`;
}
/** Null: the queue is not a lane's. */
export function laneOfQueue(queue: string): Lane | null {
  return lanes.find((lane) => laneQueue(lane) === queue) ?? null;
}
