import type { Lane } from "./lanes.js";

/** What a limit belongs to. `send` is the rate an operator gave one run of a campaign with `setRate`. */
export type LimitScope = "tenant" | "node" | "mailbox-provider" | "send";

/**
 * Limits of one scope, as Postgres holds them (`limits`). Absent means: no limit of that kind. Every figure is above
 * zero; `key` is the tenant id, node id, mailbox provider (`gmail`, …) or send id.
 */
export interface Limit {
  scope: LimitScope;
  key: string;
  /** Messages a second, may be fractional (0.5 = one every two seconds). */
  perSecond?: number;
  /** Messages that may go at once after a silence; default: one second's worth, at least 1. */
  burst?: number;
  /** Messages a day; a node's warmup allowance. Days begin at midnight of the configured time zone. */
  perDay?: number;
  /** Messages on the wire at once. */
  concurrency?: number;
}

/** One group of messages that would leave through one node towards one mailbox provider. */
export interface PermitAsk {
  nodeId: string;
  mailboxProvider: string;
  messages: number;
}

export interface PermitRequest {
  tenantId: string;
  sendId: string;
  lane: Lane;
  asks: PermitAsk[];
}

/** The limit that held messages back, e.g. `tenant:demo rate`, `node:n1 day`, `mailbox-provider:gmail adaptive`. */
export interface PermitGrant {
  messages: number;
  heldBy?: string;
  /** Until that limit may grant more, milliseconds. */
  waitMs?: number;
}

export interface Permit {
  /** Same order as the asks. */
  grants: PermitGrant[];
  /** Names the concurrency leases that this permit holds; null when no concurrency limit applied. */
  leaseId: string | null;
  /** By the clock that permits are counted by, epoch milliseconds: what is given back belongs to this moment's day. */
  grantedAtMs: number;
}

/** What a permit granted and what did not leave: the asks of its request, with the messages that stayed. */
export interface UnusedPermits {
  tenantId: string;
  sendId: string;
  /** The rate that the send had. */
  sendPerSecond: number | null;
  grantedAtMs: number;
  asks: PermitAsk[];
}

/** Share of a rate's burst that only `priority-high` may use. */
export const priorityReserve = 0.1;
