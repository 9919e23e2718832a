import type { ConnectionOptions } from "node:tls";
import type { Logger } from "pino";
import type { SendNode, Transport } from "../../activities/delivery-ports.js";
import type { MailboxProviderLimits } from "../../domain/mailbox-provider.js";
import { createNodePool, type NodePool, type OpenSession } from "./node-pool.js";
import { openNodemailerSession } from "./nodemailer-session.js";
import { openPipelinedSession } from "./pipelined-session.js";

/** `pipelined`: our own client, a round trip a message; `nodemailer`: nodemailer's, a reply awaited at each step. */
export const transportKinds = ["pipelined", "nodemailer"] as const;
export type TransportKind = (typeof transportKinds)[number];

const sessions: Record<TransportKind, OpenSession> = {
  pipelined: openPipelinedSession,
  nodemailer: openNodemailerSession,
};

export interface TransportOptions {
  log: Logger;
  /** Default `pipelined`. */
  kind?: TransportKind;
  /** Default: none but the node's own. */
  mailboxProviderLimits?: MailboxProviderLimits;
  /** Milliseconds for TCP, TLS, greeting and EHLO together; default 30 seconds. */
  connectTimeoutMs?: number;
  /** Milliseconds a server may be silent; default 5 minutes, the least that RFC 5321 (4.5.3.2) asks for MAIL and RCPT. */
  socketTimeoutMs?: number;
  /** Milliseconds after which an unused connection is closed; default 5 seconds. */
  idleCloseMs?: number;
  /** Milliseconds; when replies take longer, whole messages follow each other without waiting, by chunks; default 20. */
  slowReplyMs?: number;
  /** Name given with EHLO; default: the machine's. */
  ehloName?: string;
  /** Passed to every TLS connection, e.g. `{ ca }` or `{ rejectUnauthorized: false }` for nodes without a public name. */
  tls?: ConnectionOptions;
}

/**
 * SMTP with a pool of connections for each node: at most `maxConnections`, each reused for up to
 * `maxMessagesPerConnection` messages, in order of asking. A message is put on the wire once and never again by itself.
 *
 * Outcomes are exact about the stage: `deferred` only when the final dot was certainly not written, `unknown` when it was
 * (or when that cannot be excluded) and no reply came. `node-away`: no session could be had.
 */
export function createTransport(options: TransportOptions): Transport {
  const pools = new Map<string, { fingerprint: string; pool: NodePool }>();
  /** By the object that names the node: comparing all of it for each message costs 1 µs. */
  const recent = new WeakMap<SendNode, NodePool>();
  const retiring = new Set<Promise<void>>();
  let closed = false;
  const poolOptions = {
    log: options.log,
    open: sessions[options.kind ?? "pipelined"],
    mailboxProviderLimits: options.mailboxProviderLimits ?? new Map(),
    connectTimeoutMs: options.connectTimeoutMs ?? 30_000,
    socketTimeoutMs: options.socketTimeoutMs ?? 300_000,
    idleCloseMs: options.idleCloseMs ?? 5_000,
    ...(options.slowReplyMs === undefined ? {} : { slowReplyMs: options.slowReplyMs }),
    ...(options.ehloName === undefined ? {} : { name: options.ehloName }),
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  };

  const poolOf = (node: SendNode): NodePool => {
    const pool = recent.get(node);
    if (pool && pools.get(node.nodeId)?.pool === pool) return pool;
    const found = findPool(node);
    recent.set(node, found);
    return found;
  };

  const findPool = (node: SendNode): NodePool => {
    const fingerprint = JSON.stringify(node);
    const known = pools.get(node.nodeId);
    if (known?.fingerprint === fingerprint) return known.pool;
    // The node was changed: what is on the wire finishes on the old connections.
    if (known) retire(known.pool);
    const pool = createNodePool(node, poolOptions);
    pools.set(node.nodeId, { fingerprint, pool });
    return pool;
  };

  const retire = (pool: NodePool) => {
    const gone = pool.close().finally(() => retiring.delete(gone));
    retiring.add(gone);
  };

  return {
    transmit(node, message) {
      if (closed) return message.settle({ kind: "deferred", reason: "node-away" });
      poolOf(node).transmit(message);
    },
    async close() {
      closed = true;
      await Promise.all([...retiring, ...[...pools.values()].map(({ pool }) => pool.close())]);
    },
  };
}
