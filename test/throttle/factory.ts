import { randomBytes } from "node:crypto";
import type pg from "pg";
import type { Permits } from "../../activities/delivery-ports.js";
import { createAllowanceStore } from "../../db/allowances.js";
import type { Limit, LimitScope, PermitAsk, PermitRequest } from "../../domain/permits.js";
import type { Slowing } from "../../domain/suspensions.js";
import type { PermitsOptions } from "../../throttle/permits.js";

export function uniqueName(kind: string): string {
  return `${kind}-${randomBytes(5).toString("hex")}`;
}

/** Names nobody else uses, so that tests share one Redis. */
export interface Names {
  tenantId: string;
  nodeId: string;
  mailboxProvider: string;
  sendId: string;
}

export function names(): Names {
  return {
    tenantId: uniqueName("tenant"),
    nodeId: uniqueName("node"),
    mailboxProvider: uniqueName("mailbox"),
    sendId: uniqueName("send"),
  };
}

export function limit(scope: LimitScope, key: string, figures: Omit<Limit, "scope" | "key">): Limit {
  return { scope, key, ...figures };
}

export function request(of: Names, messages: number, change: Partial<PermitRequest> = {}): PermitRequest {
  return {
    tenantId: of.tenantId,
    sendId: of.sendId,
    lane: "campaign-standard",
    asks: [ask(of, messages)],
    ...change,
  };
}

export function ask(of: Names, messages: number, change: Partial<PermitAsk> = {}): PermitAsk {
  const { nodeId, mailboxProvider } = of;
  return { nodeId, mailboxProvider, fromEmail: "news@sender.example", messages, ...change };
}

/** A reply of the path's that some rule recognised. */
export function slowing(of: Names, throttle: Partial<Slowing["throttle"]> = {}): Slowing {
  const { nodeId, mailboxProvider } = of;
  return { nodeId, mailboxProvider, throttle: { rule: "any-rate", ...throttle } };
}

/** What permits are granted against: limits that the test holds, and allowances in Postgres. */
export function limitsFrom(
  pool: pg.Pool,
  limits: () => Limit[],
): Pick<PermitsOptions, "loadLimits" | "loadWarmups" | "allowances"> {
  const ofScope = (warmup: boolean) => limits().filter(({ scope }) => (scope === "warmup") === warmup);
  return {
    loadLimits: async () => ofScope(false),
    loadWarmups: async (_tenantId, keys) => ofScope(true).filter(({ key }) => keys.includes(key)),
    allowances: createAllowanceStore(pool),
  };
}

/** Asks for one group and returns how many of it were granted. */
export async function granted(
  permits: Permits,
  of: Names,
  messages: number,
  change: Partial<PermitRequest> = {},
) {
  const permit = await permits.acquire(request(of, messages, change), null);
  return permit.grants[0]?.messages;
}

/** A clock that stands still until it is moved; begins at noon UTC. */
export function stoppedClock(at = "2026-03-10T12:00:00Z") {
  let nowMs = Date.parse(at);
  return {
    now: () => nowMs,
    advance: (ms: number) => void (nowMs += ms),
    set: (instant: string) => void (nowMs = Date.parse(instant)),
  };
}
