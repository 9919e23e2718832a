import { mailboxProviderOf } from "../domain/mailbox-provider.js";
import { nodeHeldBy, type PermitAsk, type PermitGrant, type UnusedPermits } from "../domain/permits.js";
import type { Hold, QueuedRecipient } from "./batch-queue.js";
import type { Addressed } from "./batch-router.js";
import type { Delivery, Permits } from "./delivery-ports.js";

export interface PermitInput {
  permits: Permits;
  send: Delivery;
  lane: Delivery["lane"];
  /** The rate an operator gave this send. */
  perSecond: number | null;
  /** Keeps a message that a limit holds back. */
  hold: (item: QueuedRecipient, hold: Hold) => void;
  /**
   * Told when it is the node's own limit that holds back, so that others are chosen meanwhile; with a mailbox provider when
   * it holds back only what goes there.
   */
  holdNode: (nodeId: string, hold: Hold, mailboxProvider?: string) => void;
}

export interface Permitted {
  messages: Addressed[];
  leaseId: string | null;
  /** Names the permit when a part of it is given back. */
  terms: Omit<UnusedPermits, "asks">;
}

/** When a limit does not say when it grants again. */
const unknownWaitMs = 250;

/**
 * Asks once for the whole group, by node and mailbox provider; what no limit holds back may go.
 * @throws Unavailable while Redis is away.
 */
export async function permitGroup(addressed: Addressed[], input: PermitInput): Promise<Permitted> {
  const { sendId, tenantId } = input.send;
  const terms = { sendId, tenantId, sendPerSecond: input.perSecond, grantedAtMs: 0 };
  if (addressed.length === 0) return { messages: [], leaseId: null, terms };
  const paths = [...byPath(addressed, input.send).values()];
  const request = { tenantId, sendId, lane: input.lane, asks: paths.map(({ ask }) => ask) };
  const { grants, leaseId, grantedAtMs } = await input.permits.acquire(request, input.perSecond);
  const messages = paths.flatMap((path, i) => granted(path, grants[i] ?? { messages: 0 }, input));
  if (messages.length === 0 && leaseId !== null) input.permits.release(leaseId);
  return { messages, leaseId, terms: { ...terms, grantedAtMs } };
}

/** How many of these messages leave through each node towards each mailbox provider, from each sender. */
export function asksOf(addressed: Addressed[], send: Delivery): PermitAsk[] {
  return [...byPath(addressed, send).values()].map(({ ask }) => ask);
}

interface Path {
  ask: PermitAsk;
  messages: Addressed[];
}

function byPath(addressed: Addressed[], send: Delivery): Map<string, Path> {
  const paths = new Map<string, Path>();
  for (const message of addressed) {
    const { nodeId } = message.node;
    const { origin } = message.item.recipient;
    const provider = mailboxProviderOf(message.item.recipient);
    const fromEmail = origin?.fromEmail ?? send.fromEmail;
    const key = `${nodeId} ${provider} ${fromEmail}`;
    const path = paths.get(key);
    if (path) {
      path.ask.messages += 1;
      path.messages.push(message);
    } else {
      const ask = { nodeId, mailboxProvider: provider, fromEmail, messages: 1 };
      paths.set(key, { ask, messages: [message] });
    }
  }
  return paths;
}

function granted({ ask, messages }: Path, grant: PermitGrant, { hold, holdNode }: PermitInput): Addressed[] {
  if (grant.messages < ask.messages) {
    const untilMs = Date.now() + Math.max(1, grant.waitMs ?? unknownWaitMs);
    const heldBy = grant.heldBy ?? "a limit";
    const ofNode = nodeHeldBy(heldBy, ask);
    if (ofNode === "all") holdNode(ask.nodeId, { untilMs, heldBy });
    if (ofNode === "mailbox-provider") holdNode(ask.nodeId, { untilMs, heldBy }, ask.mailboxProvider);
    // What a node's own limit holds back is routed anew at once: another node or a relay may take it.
    for (const { item } of messages.slice(grant.messages))
      hold(item, { untilMs: ofNode ? 0 : untilMs, heldBy });
  }
  return messages.slice(0, grant.messages);
}
