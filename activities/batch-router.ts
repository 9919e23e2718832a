import { chooseRoute, type RouteCandidate } from "../domain/routing.js";
import type { Hold, QueuedRecipient } from "./batch-queue.js";
import type { DeliveryContext, NodeHold } from "./delivery-context.js";
import type { Delivery, SendNode } from "./delivery-ports.js";

export interface Rendered {
  item: QueuedRecipient;
  bytes: Buffer;
}

export interface Addressed extends Rendered {
  node: SendNode;
}

const noNodeRetryMs = 60_000;
/** Longer than a slot waits, so that the reason is seen where the batch is looked at. */
const problemRetryMs = 15_000;

/** Gives the messages of one batch their nodes, by weight, health and what is left of their allowance. */
export class BatchRouter {
  private readonly shared: DeliveryContext<Delivery>;
  private readonly assigned = new Map<string, number>();

  constructor(shared: DeliveryContext<Delivery>) {
    this.shared = shared;
  }

  /** Addresses the messages that a node may take now; the others go to `hold`. */
  async route(
    send: Delivery,
    rendered: Rendered[],
    hold: (item: QueuedRecipient, hold: Hold) => void,
  ): Promise<Addressed[]> {
    const nodes = await this.shared.nodes(send.tenantId);
    const now = Date.now();
    const candidates = nodes.map<RouteCandidate & { node: SendNode }>((node) => ({
      node,
      nodeId: node.nodeId,
      provider: node.provider,
      weight: node.weight,
      heldUntilMs: this.holdOf(node, now)?.untilMs ?? 0,
      assigned: this.assigned.get(node.nodeId) ?? 0,
    }));
    const addressed: Addressed[] = [];
    for (const message of rendered) {
      const route = chooseRoute(candidates, send.providerChoice, now);
      if (route.kind === "none") {
        hold(message.item, { untilMs: now + noNodeRetryMs, heldBy: "no node that this tenant may use" });
        continue;
      }
      if (route.kind === "wait") {
        const node = nodes.find(({ nodeId }) => nodeId === route.nodeId);
        hold(message.item, {
          untilMs: route.untilMs,
          heldBy: (node && this.holdOf(node, now)?.heldBy) ?? `node:${route.nodeId}`,
        });
        continue;
      }
      const chosen = candidates.find(({ nodeId }) => nodeId === route.nodeId);
      if (!chosen) continue;
      chosen.assigned += 1;
      this.assigned.set(chosen.nodeId, chosen.assigned);
      addressed.push({ ...message, node: chosen.node });
    }
    return addressed;
  }

  private holdOf({ nodeId, problem }: SendNode, now: number): NodeHold | null {
    if (problem === undefined) return this.shared.nodeHold(nodeId);
    return { untilMs: now + problemRetryMs, heldBy: `node:${nodeId} (${problem})` };
  }
}
