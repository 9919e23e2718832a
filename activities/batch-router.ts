import { mailboxProviderOf } from "../domain/mailbox-provider.js";
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

type Candidate = RouteCandidate & { node: SendNode };

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
    const usable = await this.shared.nodes(send.tenantId);
    const nodes = send.nodeId ? usable.filter(({ nodeId }) => nodeId === send.nodeId) : usable;
    // A relay that was chosen is no overflow.
    const choice = send.nodeId ? (nodes[0]?.provider ?? send.providerChoice) : send.providerChoice;
    const now = Date.now();
    const byReceiver = new Map<string, Candidate[]>();
    const addressed: Addressed[] = [];
    for (const message of rendered) {
      const receiver = mailboxProviderOf(message.item.recipient);
      const candidates = byReceiver.get(receiver) ?? this.candidates(nodes, receiver, now);
      byReceiver.set(receiver, candidates);
      for (const candidate of candidates) candidate.assigned = this.assigned.get(candidate.nodeId) ?? 0;
      const route = chooseRoute(candidates, choice, now);
      if (route.kind === "none") {
        hold(message.item, { untilMs: now + noNodeRetryMs, heldBy: "no node that this tenant may use" });
        continue;
      }
      if (route.kind === "wait") {
        const node = nodes.find(({ nodeId }) => nodeId === route.nodeId);
        hold(message.item, {
          untilMs: route.untilMs,
          heldBy: (node && this.holdOf(node, receiver, now)?.heldBy) ?? `node:${route.nodeId}`,
        });
        continue;
      }
      const chosen = candidates.find(({ nodeId }) => nodeId === route.nodeId);
      if (!chosen) continue;
      this.assigned.set(chosen.nodeId, chosen.assigned + 1);
      addressed.push({ ...message, node: chosen.node });
    }
    return addressed;
  }

  private candidates(nodes: SendNode[], receiver: string, now: number): Candidate[] {
    return nodes.map((node) => ({
      node,
      nodeId: node.nodeId,
      provider: node.provider,
      weight: node.weight,
      heldUntilMs: this.holdOf(node, receiver, now)?.untilMs ?? 0,
      assigned: 0,
    }));
  }

  private holdOf({ nodeId, problem }: SendNode, receiver: string, now: number): NodeHold | null {
    if (problem === undefined) return this.shared.nodeHold(nodeId, receiver);
    return { untilMs: now + problemRetryMs, heldBy: `node:${nodeId} (${problem})` };
  }
}
