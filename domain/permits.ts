import type { Lane } from "./lanes.js";

/**
 * What a limit belongs to. `send` is the rate an operator gave one run of a campaign with `setRate`; `warmup` is what a
 * ramp plan allows a node, a domain or a mailbox today (`domain/warmup-allowance`); `reputation` what a gate lets through of a
 * domain or a node (`domain/reputation-limits`).
 */
export type LimitScope = "tenant" | "node" | "mailbox-provider" | "send" | "warmup" | "reputation";

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
  /** Messages a day. Days begin at midnight of the configured time zone. */
  perDay?: number;
  /** Messages in each hour of the clock. */
  perHour?: number;
  /** Messages on the wire at once. */
  concurrency?: number;
  /** Nothing leaves: until then, and whoever has stopped it says so; null: until a person says so. */
  stoppedUntil?: Date | null;
  /** Why it is there, where no person has set it. */
  reason?: string;
}

/** One group of messages that would leave through one node towards one mailbox provider. */
export interface PermitAsk {
  nodeId: string;
  mailboxProvider: string;
  /** Whom they are from: their domain and mailbox may be warming up. */
  fromEmail: string;
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

/**
 * Whom a limit of the node itself holds back, so that another node may take the message: what it sends to everybody, or to
 * one mailbox provider. Null: no other node helps.
 */
export function nodeHeldBy(
  heldBy: string,
  { nodeId, mailboxProvider }: Pick<PermitAsk, "nodeId" | "mailboxProvider">,
): "all" | "mailbox-provider" | null {
  const of = (name: string) => heldBy.startsWith(`${name} `);
  const own = [`node:${nodeId}`, `warmup:node/${nodeId}`, `reputation:node/${nodeId}`];
  if (own.some(of)) return "all";
  const path = [`node:${nodeId}/${mailboxProvider}`, `warmup:node/${nodeId}/${mailboxProvider}`];
  return path.some(of) ? "mailbox-provider" : null;
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

/**
 * What Postgres knows of the allowances of days. Redis may grant only what was drawn here before, so that no Redis that
 * forgets, and no process that dies between the two, ever makes an allowance larger. What such a loss costs is the part
 * of a draw that was not used: at most a fiftieth of the day's allowance, or one group of messages.
 */
export interface Allowances {
  /** Draws so many messages of that day, or what is left of `perDay`. @returns how many */
  draw(name: string, day: string, ask: { messages: number; perDay: number }): Promise<number>;
}

/** Share of a rate's burst that only `priority-high` may use. */
export const priorityReserve = 0.1;
