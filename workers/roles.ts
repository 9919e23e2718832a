import { ioQueue, laneQueue, lanes, orchestrationQueue, webhookQueue, type Lane } from "../domain/lanes.js";

/**
 * What a worker process does. `orchestrator`: workflows and their short activities; `sender`: batches of every lane, each
 * lane with its own slots, and requests to webhooks; `io`: imports and exports. `all`: everything in one process.
 */
export const roles = ["orchestrator", "sender", "io", "all"] as const;
export type Role = (typeof roles)[number];

/**
 * What Node is started with: young objects of messages under way die in a larger space instead of being copied twice, which
 * saves a sender 7 % of its CPU for some 60 MB.
 */
export function nodeFlags(role: Role): string[] {
  return role === "sender" || role === "all" ? ["--max-semi-space-size=64"] : [];
}

export function isRole(value: string): value is Role {
  return (roles as readonly string[]).includes(value);
}

/**
 * Batches of one lane that a sender works on at once. An urgent one is a message or a few, whose time is waiting for a
 * reply: with as many slots as a campaign's batches have, it would wait for a slot instead.
 */
export function laneSlots(lane: Lane, queueConcurrency: number): number {
  return lane === "priority-high" ? 10 * queueConcurrency : queueConcurrency;
}

export interface RoleParts {
  orchestrates: boolean;
  lanes: readonly Lane[];
  files: boolean;
  webhooks: boolean;
}

export function partsOf(role: Role): RoleParts {
  switch (role) {
    case "orchestrator":
      return { orchestrates: true, lanes: [], files: false, webhooks: false };
    case "sender":
      return { orchestrates: false, lanes, files: false, webhooks: true };
    case "io":
      return { orchestrates: false, lanes: [], files: true, webhooks: false };
    case "all":
      return { orchestrates: true, lanes, files: true, webhooks: true };
  }
}

/** Those of webhooks that a process polls: of everybody, and of its region. */
export function webhookQueues(role: Role, region: string | undefined): string[] {
  if (!partsOf(role).webhooks) return [];
  return [webhookQueue(null), ...(region === undefined ? [] : [webhookQueue(region)])];
}

/** Every task queue a role polls. */
export function queuesOf(role: Role, region?: string): string[] {
  const parts = partsOf(role);
  return [
    ...(parts.orchestrates ? [orchestrationQueue] : []),
    ...parts.lanes.map(laneQueue),
    ...(parts.files ? [ioQueue] : []),
    ...webhookQueues(role, region),
  ];
}
