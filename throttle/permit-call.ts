import { randomUUID } from "node:crypto";
import {
  priorityReserve,
  type Limit,
  type Permit,
  type PermitAsk,
  type PermitGrant,
  type PermitRequest,
} from "../domain/permits.js";
import { everyMailboxProvider, pathName, type Suspension } from "../domain/suspensions.js";
import type { Day } from "./days.js";
import { leasesKey, limitKey, pathKey } from "./keys.js";
import { leaseMs, type Lease } from "./leases.js";
import { capacityOf, limitName, limitNamesOf } from "./limit-table.js";
import { limitKinds, mustDraw, type LimitKind } from "./permit-script.js";

export interface PermitCall {
  keys: string[];
  args: (string | number)[];
  read: (reply: unknown) => PermitAnswer;
}

export type PermitAnswer =
  | { kind: "permit"; permit: Permit; lease: Lease | undefined }
  /** Nothing was granted: first these allowances are to be drawn from. */
  | { kind: "draw"; draws: Draw[] };

/** What of a day's allowance is wanted and not drawn yet. */
export interface Draw {
  limit: Limit;
  /** `YYYY-MM-DD` */
  day: string;
  messages: number;
}

/** The limit of a name such as `tenant:demo`. */
export type LimitOf = (name: string) => Limit | undefined;

/** What is known of a path from elsewhere than Redis, which may have forgotten it. */
export type SuspensionOf = (
  nodeId: string,
  mailboxProvider: string,
) => Pick<Suspension, "perSecond" | "until"> | undefined;

export interface PermitCallContext {
  limitOf: LimitOf;
  suspensionOf: SuspensionOf;
  days: Day[];
  /** 0: Redis's own clock. */
  nowMs: number;
  /** Grants what there is, also where more could be drawn. */
  isFinal: boolean;
}

/** Puts a request and the limits that apply to it into the words of the permit script, and its reply into ours. */
export function createPermitCall(
  request: PermitRequest,
  { limitOf, suspensionOf, days, nowMs, isFinal }: PermitCallContext,
): PermitCall {
  const used = new Map<string, { index: number; limit: Limit }>();
  const paths = new Map<string, AppliedPath>();
  const leaseId = randomUUID();

  const limitsOf = (ask: PermitAsk) =>
    limitNamesOf(request, ask).flatMap((name) => {
      const limit = limitOf(name);
      if (!limit) return [];
      if (!used.has(name)) used.set(name, { index: used.size + 1, limit });
      return [name];
    });
  const pathOf = (nodeId: string, mailboxProvider: string): AppliedPath => {
    const key = pathKey(nodeId, mailboxProvider);
    const known = paths.get(key);
    if (known) return known;
    const path = {
      ...{ index: paths.size + 1, key, nodeId, mailboxProvider },
      configured: configuredRate(limitOf, nodeId, mailboxProvider),
      suspension: suspensionOf(nodeId, mailboxProvider),
    };
    paths.set(key, path);
    return path;
  };
  const asks = request.asks.map((ask) => ({
    messages: ask.messages,
    paths: [pathOf(ask.nodeId, ask.mailboxProvider), pathOf(ask.nodeId, everyMailboxProvider)],
    limits: limitsOf(ask),
  }));

  const urgent = request.lane === "priority-high";
  const applied = [...used.values()];
  return {
    keys: [
      ...[...used.keys()].flatMap((name) => [limitKey(name), leasesKey(name)]),
      ...[...paths.values()].map(({ key }) => key),
    ],
    args: [
      nowMs,
      leaseId,
      leaseMs,
      isFinal ? 1 : 0,
      days.length,
      ...days.flatMap(({ startMs, date }) => [startMs, date]),
      applied.length,
      ...applied.flatMap(({ limit }) => limitArgs(limit, urgent)),
      paths.size,
      ...[...paths.values()].flatMap(pathArgs),
      asks.length,
      ...asks.flatMap((ask) => [
        ask.messages,
        ask.paths.length,
        ...ask.paths.map(({ index }) => index),
        ask.limits.length,
        ...ask.limits.map((name) => used.get(name)?.index ?? 0),
      ]),
    ],
    read: (reply) => {
      const figures = reply as number[];
      if (figures[0] === mustDraw)
        return { kind: "draw", draws: readDraws(reply as (string | number)[], applied) };
      const holders: Holders = { limits: [...used.keys()], paths: [...paths.values()] };
      const grants = asks.map((_, index) => readGrant(figures.slice(index * 4, index * 4 + 4), holders));
      const lease = leaseOf(leaseId, asks, grants, limitOf);
      const grantedAtMs = figures.at(-1) ?? nowMs;
      return { kind: "permit", permit: { grants, leaseId: lease ? leaseId : null, grantedAtMs }, lease };
    },
  };
}

interface AppliedPath {
  index: number;
  key: string;
  nodeId: string;
  mailboxProvider: string;
  /** Messages a second, 0 for none. */
  configured: number;
  suspension: ReturnType<SuspensionOf>;
}

/** What a slowed path grows back to: the lowest rate that is configured for what goes by it; 0 for none. */
export function configuredRate(limitOf: LimitOf, nodeId: string, mailboxProvider: string): number {
  const names = [
    limitName("node", nodeId),
    limitName("mailbox-provider", mailboxProvider),
    limitName("node", `${nodeId}/${mailboxProvider}`),
  ];
  const rate = Math.min(...names.map((name) => limitOf(name)?.perSecond ?? Infinity));
  return Number.isFinite(rate) ? rate : 0;
}

function pathArgs({ configured, suspension }: AppliedPath): number[] {
  const untilMs = suspension?.until.getTime() ?? 0;
  const perSecond = suspension?.perSecond ?? 0;
  return perSecond > 0 ? [configured, 0, perSecond, untilMs] : [configured, untilMs, 0, 0];
}

function readDraws(reply: (string | number)[], applied: { limit: Limit }[]): Draw[] {
  const draws: Draw[] = [];
  for (let at = 1; at < reply.length; at += 3) {
    const limit = applied[Number(reply[at]) - 1]?.limit;
    if (limit) draws.push({ limit, day: String(reply[at + 1]), messages: Number(reply[at + 2]) });
  }
  return draws;
}

function limitArgs(limit: Limit, urgent: boolean): number[] {
  const perSecond = limit.perSecond ?? 0;
  const capacity = capacityOf(limit);
  const reserved = !urgent && (limit.scope === "tenant" || limit.scope === "node");
  // Whole messages: a bucket of one must be open to every lane.
  const reserve = reserved ? Math.floor(capacity * priorityReserve) : 0;
  return [
    perSecond,
    capacity,
    reserve,
    limit.perDay ?? 0,
    limit.perHour ?? 0,
    limit.concurrency ?? 0,
    stoppedUntilMs(limit),
    keepMs(limit),
  ];
}

/** Of one that waits for a person: never; 0: it is not stopped. */
function stoppedUntilMs({ stoppedUntil }: Limit): number {
  if (stoppedUntil === undefined) return 0;
  return stoppedUntil?.getTime() ?? Number.MAX_SAFE_INTEGER;
}

/** The state of a limit may be forgotten when its bucket is full again and its day is over. */
export function keepMs(limit: Limit): number {
  const { perSecond = 0 } = limit;
  const capacity = capacityOf(limit);
  const fullMs = perSecond > 0 ? (capacity / perSecond) * 1_000 : 0;
  return Math.ceil(Math.max(48 * 3_600_000, 2 * fullMs));
}

interface Holders {
  limits: string[];
  paths: AppliedPath[];
}

function readGrant(figures: number[], { limits, paths }: Holders): PermitGrant {
  const [messages = 0, kindNumber = 0, holder = 0, waitMs = 0] = figures;
  const kind = limitKinds[kindNumber - 1];
  if (!kind) return { messages };
  const path = paths[-holder - 1];
  return { messages, heldBy: `${path ? nameOfPath(path, kind) : limits[holder - 1]} ${kind}`, waitMs };
}

/** A slowed path is its mailbox provider's doing, which slows others as well; a suspended one is the node's. */
function nameOfPath({ nodeId, mailboxProvider }: AppliedPath, kind: LimitKind): string {
  return kind === "suspended" || mailboxProvider === everyMailboxProvider
    ? pathName(nodeId, mailboxProvider)
    : limitName("mailbox-provider", mailboxProvider);
}

/** The messages granted under each limit that counts those on the wire; undefined when no such limit applied. */
function leaseOf(
  leaseId: string,
  asks: { limits: string[] }[],
  grants: PermitGrant[],
  limitOf: LimitOf,
): Lease | undefined {
  const held = new Map<string, number>();
  asks.forEach((ask, index) => {
    const messages = grants[index]?.messages ?? 0;
    if (messages === 0) return;
    for (const name of ask.limits) {
      if (limitOf(name)?.concurrency === undefined) continue;
      held.set(name, (held.get(name) ?? 0) + messages);
    }
  });
  if (held.size === 0) return undefined;
  return { leaseId, held: [...held].map(([limit, messages]) => ({ limit, messages })) };
}
