/** What the batches of one worker process share: cached facts about sends and nodes, and the nodes' health. */
import { backoffMs } from "../domain/backoff.js";
import type { Delivery, SendContext, SendControl, SendDirectory, SendNode } from "./delivery-ports.js";

/** How stale a pause, a cancel or a new rate may be seen. */
const controlTtlMs = 1_000;
const nodesTtlMs = 3_000;
const sendsKept = 200;

/** A limit that holds for longer is asked again after this: an operator may have raised it meanwhile. */
export const askAgainMs = 30_000;

const nodeAwayBackoff = { baseMs: 1_000, factor: 2, capMs: 60_000 };

export interface DeliveryContext<Send extends Delivery = SendContext> {
  send(sendId: string): Promise<Send>;
  control(sendId: string): Promise<SendControl>;
  nodes(tenantId: string): Promise<SendNode[]>;
  /** What keeps a node from getting anything for that mailbox provider now: it was away, or a limit of its own is spent. */
  nodeHold(nodeId: string, mailboxProvider: string): NodeHold | null;
  /** A session with the node could not be had; the hold grows with each failure in a row. */
  nodeAway(nodeId: string): number;
  nodeAnswered(nodeId: string): void;
  /** @param mailboxProvider absent: whatever the node would send */
  holdNode(nodeId: string, hold: NodeHold, mailboxProvider?: string): void;
}

export interface NodeHold {
  untilMs: number;
  heldBy: string;
}

export function createDeliveryContext<Send extends Delivery>(
  directory: SendDirectory<Send>,
): DeliveryContext<Send> {
  const sends = new Map<string, Promise<Send>>();
  const control = cached(controlTtlMs, (sendId: string) => directory.loadControl(sendId));
  const nodes = cached(nodesTtlMs, (tenantId: string) => directory.loadNodes(tenantId));
  const away = new Map<string, { failures: number; untilMs: number }>();
  const held = new Map<string, NodeHold & { askAgainAtMs: number }>();

  return {
    send(sendId) {
      const known = sends.get(sendId);
      if (known) return known;
      const loading = directory.loadSend(sendId);
      sends.set(sendId, loading);
      loading.catch(() => sends.delete(sendId));
      if (sends.size > sendsKept) sends.delete(sends.keys().next().value as string);
      return loading;
    },
    control,
    nodes,
    nodeHold(nodeId, mailboxProvider) {
      const now = Date.now();
      const awayUntilMs = away.get(nodeId)?.untilMs ?? 0;
      if (awayUntilMs > now) return { untilMs: awayUntilMs, heldBy: `node:${nodeId} away` };
      for (const hold of [held.get(nodeId), held.get(pathOf(nodeId, mailboxProvider))])
        if (hold && Math.min(hold.untilMs, hold.askAgainAtMs) > now) return hold;
      return null;
    },
    nodeAway(nodeId) {
      const before = away.get(nodeId);
      // Messages that failed together are one failure of the node.
      if (before && before.untilMs > Date.now()) return before.untilMs;
      const failures = (before?.failures ?? 0) + 1;
      const untilMs = Date.now() + backoffMs(nodeAwayBackoff, failures, Math.random());
      away.set(nodeId, { failures, untilMs });
      return untilMs;
    },
    nodeAnswered: (nodeId) => void away.delete(nodeId),
    holdNode(nodeId, hold, mailboxProvider) {
      const key = mailboxProvider === undefined ? nodeId : pathOf(nodeId, mailboxProvider);
      held.set(key, { ...hold, askAgainAtMs: Date.now() + askAgainMs });
    },
  };
}

function pathOf(nodeId: string, mailboxProvider: string): string {
  return `${nodeId} ${mailboxProvider}`;
}

/** Remembers a load per key for a while; concurrent callers share one. A failed load is not remembered. */
function cached<T>(ttlMs: number, load: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const entries = new Map<string, { atMs: number; value: Promise<T> }>();
  return (key) => {
    const now = Date.now();
    const entry = entries.get(key);
    if (entry && now - entry.atMs < ttlMs) return entry.value;
    const value = load(key);
    entries.set(key, { atMs: now, value });
    value.catch(() => entries.delete(key));
    if (entries.size > 1_000) entries.delete(entries.keys().next().value as string);
    return value;
  };
}
