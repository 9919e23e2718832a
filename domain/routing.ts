/** A node as routing weighs it. `heldUntilMs`: not before this instant (allowance spent, provider's pace, node away). */
export interface RouteCandidate {
  nodeId: string;
  provider: string;
  weight: number;
  heldUntilMs: number;
  /** Messages this batch gave it so far. */
  assigned: number;
}

export type Route =
  | { kind: "node"; nodeId: string }
  /** No node may take the message now; the first one may at `untilMs`. */
  | { kind: "wait"; nodeId: string; untilMs: number }
  | { kind: "none" };

/** Internal nodes held for longer than this overflow to an ESP relay, where the tenant allows it. */
export const overflowAfterMs = 5_000;

/**
 * Selects the node for the next message. `choice` is the tenant's: 'auto' (own nodes, a relay as overflow), 'internal'
 * (never a relay) or a relay's provider name. Among the free ones the least loaded by weight wins.
 */
export function chooseRoute(candidates: readonly RouteCandidate[], choice: string, nowMs: number): Route {
  const wanted = choice === "auto" ? "internal" : choice;
  const preferred = candidates.filter((node) => node.provider === wanted);
  const first = pick(preferred, nowMs);
  if (first.kind === "node" || choice !== "auto") return first;
  if (first.kind === "wait" && first.untilMs - nowMs <= overflowAfterMs) return first;
  const overflow = pick(
    candidates.filter((node) => node.provider !== "internal"),
    nowMs,
  );
  if (overflow.kind === "node" || first.kind === "none") return overflow;
  return overflow.kind === "wait" && overflow.untilMs < (first.kind === "wait" ? first.untilMs : 0)
    ? overflow
    : first;
}

function pick(nodes: readonly RouteCandidate[], nowMs: number): Route {
  let free: RouteCandidate | undefined;
  let soonest: RouteCandidate | undefined;
  for (const node of nodes) {
    if (node.heldUntilMs > nowMs) {
      if (!soonest || node.heldUntilMs < soonest.heldUntilMs) soonest = node;
    } else if (!free || node.assigned / node.weight < free.assigned / free.weight) {
      free = node;
    }
  }
  if (free) return { kind: "node", nodeId: free.nodeId };
  return soonest ? { kind: "wait", nodeId: soonest.nodeId, untilMs: soonest.heldUntilMs } : { kind: "none" };
}
