import type { Redis } from "ioredis";
import type { Permits } from "../activities/delivery-ports.js";
import { InvalidInput } from "../domain/errors.js";
import type {
  Allowances,
  Limit,
  Permit,
  PermitAsk,
  PermitRequest,
  UnusedPermits,
} from "../domain/permits.js";
import type { MailboxProviderLimits } from "../domain/mailbox-provider.js";
import { gateKeysOf } from "../domain/reputation-limits.js";
import { shortestSuspensionMs, type Slowing, type Suspension } from "../domain/suspensions.js";
import { warmupKeysOf } from "../domain/warmup-allowance.js";
import { slowDownLua } from "./adaptive.js";
import { drawAllowances } from "./allowances.js";
import { createCalendar } from "./days.js";
import { beforeDeadline } from "./deadline.js";
import { createGiveBackCall, giveBackLua } from "./give-back.js";
import { pathKey, slowedPathsKey } from "./keys.js";
import { createKeyedLimits, type LoadKeyedLimits } from "./keyed-limits.js";
import { createLeases } from "./leases.js";
import { createLimitTable, keepFresh, limitName, type LimitTable } from "./limit-table.js";
import {
  configuredRate,
  createPermitCall,
  type LimitOf,
  type PermitAnswer,
  type SuspensionOf,
} from "./permit-call.js";
import { permitLua } from "./permit-script.js";
import { createScript } from "./script.js";

/** What became of one ask, for metrics. */
export interface GrantEvent {
  /** The limit that held messages back, as in `PermitGrant.heldBy`; null when none did. */
  limit: string | null;
  granted: number;
  held: number;
}

export interface PermitsOptions {
  redis: Redis;
  /** All limits of all tenants; asked about once a second while permits are asked for. */
  loadLimits: () => Promise<Limit[]>;
  /** What a node may send to a mailbox provider unless a limit of the node's for it says otherwise; absent: as much as it likes. */
  mailboxProviderLimits?: MailboxProviderLimits;
  /** What ramp plans allow, by the keys of `domain/warmup-allowance`; those that are asked for, about once a second. */
  loadWarmups: LoadKeyedLimits;
  /** What gates of reputation hold, by the keys of `domain/reputation-limits`; absent: they hold nothing. */
  loadGates?: LoadKeyedLimits;
  allowances: Allowances;
  /** Absent: Redis alone remembers what providers slowed down. */
  suspensions?: Suspensions;
  /** IANA name; daily allowances begin at its midnight. */
  timeZone: string;
  /** False grants everything without asking anybody. */
  enabled: boolean;
  onGrant?: (event: GrantEvent) => void;
  /** Told of each throttling reply. */
  onSlowing?: (slowing: Slowing) => void;
  /** Milliseconds since the epoch; default: Redis's own clock, which all processes share. */
  now?: () => number;
}

type Limits = Pick<LimitTable, "get">;

/** What Postgres remembers of the paths that providers slowed down for long. */
export interface Suspensions {
  /** Those that have not ended; asked about once a second while permits are asked for. */
  load(): Promise<Suspension[]>;
  record(suspension: Suspension): Promise<void>;
}

const permitScript = createScript(permitLua);
const giveBackScript = createScript(giveBackLua);
const slowDownScript = createScript(slowDownLua);

/**
 * Permits from Redis: one script call asks for everything a request needs, against the limits of its tenant, its send,
 * each node and each mailbox provider, the allowances of what warms up, and the adaptive rate of each path between them. What
 * a provider asked to be spared for long stands in Postgres too, so that it outlives a Redis that forgets.
 * A day's allowance is drawn from Postgres in portions, then asked again.
 * @throws Unavailable from `acquire` and `slowDown` within seconds while Redis is away, and from `acquire` while Postgres
 * is away and an allowance has to be drawn: nothing is granted then.
 * @throws InvalidInput when the time zone has no such name, or `sendPerSecond` is not above zero.
 */
export function createPermits(options: PermitsOptions): Permits {
  const { redis, enabled, onGrant } = options;
  const currentTable = createLimitTable(options.loadLimits);
  const currentLimits = async (): Promise<Limits> =>
    withNodesOf(await currentTable(), options.mailboxProviderLimits);
  const currentSuspensions = keepFresh("The table of suspensions", async () => {
    const suspensions = (await options.suspensions?.load()) ?? [];
    return new Map(suspensions.map((each) => [pathKey(each.nodeId, each.mailboxProvider), each]));
  });
  const warmups = createKeyedLimits(options.loadWarmups, "The table of warmups");
  const gates = createKeyedLimits(options.loadGates ?? (() => Promise.resolve([])), "The table of gates");
  const calendar = createCalendar(options.timeZone);
  const now = options.now ?? (() => 0);
  const leases = createLeases(redis, now);

  const acquire = async (request: PermitRequest, sendPerSecond: number | null): Promise<Permit> => {
    if (sendPerSecond !== null && !(sendPerSecond > 0)) {
      throw new InvalidInput([{ field: "sendPerSecond", problem: "must be above zero" }]);
    }
    const [limits, suspended, ...own] = await Promise.all([
      currentLimits(),
      currentSuspensions(),
      warmups.current(request.tenantId, warmupKeys(request)),
      gates.current(request.tenantId, gateKeys(request)),
    ]);
    const limitOf = allLimits(limits, own.flat(), request.sendId, sendPerSecond);
    const suspensionOf: SuspensionOf = (nodeId, provider) => suspended.get(pathKey(nodeId, provider));
    const first = await ask(request, sendPerSecond, { limitOf, suspensionOf, isFinal: false });
    if (first.kind === "permit") return taken(first);
    await drawAllowances(redis, options.allowances, first.draws);
    const second = await ask(request, sendPerSecond, { limitOf, suspensionOf, isFinal: true });
    return second.kind === "permit" ? taken(second) : nothing(request);
  };

  const ask = (
    request: PermitRequest,
    sendPerSecond: number | null,
    how: { limitOf: LimitOf; suspensionOf: SuspensionOf; isFinal: boolean },
  ): Promise<PermitAnswer> => {
    const days = calendar(options.now?.() ?? Date.now());
    const call = createPermitCall(request, { ...how, days, nowMs: now() });
    return beforeDeadline(redis, () => permitScript.run(redis, call.keys, call.args).then(call.read), {
      // Nobody waits for it any more: nothing of it is used.
      onLate: (late) => {
        if (late.kind !== "permit") return;
        if (late.lease) leases.hold(late.lease);
        void giveBack(late.permit.leaseId, unusedOf(request, sendPerSecond, late.permit));
      },
    });
  };

  const taken = ({ permit, lease }: PermitAnswer & { kind: "permit" }): Permit => {
    if (lease) leases.hold(lease);
    return permit;
  };

  /** Never rejects: what Redis is not told about is lost to the limits, as if it had left. */
  const giveBack = async (leaseId: string | null, unused: UnusedPermits): Promise<void> => {
    const { grantedAtMs } = unused;
    const lease = leaseId === null ? undefined : leases.take(leaseId);
    try {
      const { sendId, sendPerSecond } = unused;
      const limitOf = allLimits(
        await currentLimits(),
        [
          ...warmups.known(unused.tenantId, warmupKeys(unused)),
          ...gates.known(unused.tenantId, gateKeys(unused)),
        ],
        sendId,
        sendPerSecond,
      );
      const day = calendar(grantedAtMs)[1]?.date ?? "";
      const { keys, args } = createGiveBackCall(unused, { limitOf, lease, day, nowMs: now() });
      if (keys.length > 0) await giveBackScript.run(redis, keys, args);
    } catch {
      return;
    }
  };

  return {
    acquire: async (request, sendPerSecond) => {
      const permit = enabled ? await acquire(request, sendPerSecond) : unlimited(request);
      if (onGrant) reportGrants(request, permit, onGrant);
      return permit;
    },
    release: (leaseId, unused) => {
      if (unused && enabled) void giveBack(leaseId, unused);
      else if (leaseId !== null) leases.release(leaseId);
    },
    slowDown: async (slowing) => {
      options.onSlowing?.(slowing);
      if (!enabled) return;
      const { nodeId, mailboxProvider, throttle } = slowing;
      const limits = await currentLimits();
      const configured = configuredRate((name) => limits.get(name), nodeId, mailboxProvider);
      const { suspendMs = 0, trickle } = throttle;
      const keys = [pathKey(nodeId, mailboxProvider), slowedPathsKey];
      const path = JSON.stringify([nodeId, mailboxProvider]);
      const args = [
        ...[now(), Math.max(0, suspendMs), configured, path],
        ...[trickle?.perSecond ?? 0, trickle?.forMs ?? 0],
      ];
      const reply = await beforeDeadline(redis, () => slowDownScript.run(redis, keys, args));
      const suspension = suspensionOf(slowing, reply as number[], options.now?.() ?? Date.now());
      if (suspension) await options.suspensions?.record(suspension);
    },
  };
}

/** Null: too short for anybody to know of, or known already. */
function suspensionOf({ reply, ...slowing }: Slowing, figures: number[], nowMs: number): Suspension | null {
  const { nodeId, mailboxProvider, throttle } = slowing;
  const [blocked = 0, wasBlocked = 0, trickles = 0, trickled = 0] = figures;
  const [until, before] = throttle.trickle ? [trickles, trickled] : [blocked, wasBlocked];
  const isNews = until - Math.max(before, nowMs) >= shortestSuspensionMs;
  if (!reply || !isNews) return null;
  return {
    ...{ nodeId, mailboxProvider, rule: throttle.rule, reply },
    perSecond: throttle.trickle?.perSecond ?? null,
    since: new Date(nowMs),
    until: new Date(until),
  };
}

function warmupKeys({ asks }: { asks: readonly PermitAsk[] }): string[] {
  return [...new Set(asks.flatMap(warmupKeysOf))];
}

function gateKeys({ tenantId, asks }: { tenantId: string; asks: readonly PermitAsk[] }): string[] {
  return [...new Set(asks.flatMap((ask) => gateKeysOf(tenantId, ask)))];
}

/** The limits, what warms up or is held by a gate, and the rate that an operator gave this send. */
function allLimits(
  limits: Limits,
  keyed: readonly Limit[],
  sendId: string,
  sendPerSecond: number | null,
): LimitOf {
  const own = new Map(keyed.map((limit) => [limitName(limit.scope, limit.key), limit]));
  if (sendPerSecond !== null)
    own.set(limitName("send", sendId), { scope: "send", key: sendId, perSecond: sendPerSecond });
  return (name) => own.get(name) ?? limits.get(name);
}

/**
 * A limit of `*` for a mailbox provider is one of each node, and so is the rate of the configuration; a node's own replaces
 * it.
 */
function withNodesOf(limits: LimitTable, configured: MailboxProviderLimits | undefined): Limits {
  const defaults = new Map<string, Omit<Limit, "scope" | "key">>();
  for (const [provider, { perSecond }] of configured ?? [])
    if (perSecond !== undefined) defaults.set(provider, { perSecond });
  for (const { scope, key, ...figures } of limits.values())
    if (scope === "node" && key.startsWith("*/")) defaults.set(key.slice(2), figures);
  if (defaults.size === 0) return limits;
  return {
    get: (name) => {
      const known = limits.get(name);
      if (known || !name.startsWith("node:")) return known;
      const key = name.slice("node:".length);
      const figures = defaults.get(key.slice(key.indexOf("/") + 1));
      return key.includes("/") && figures ? { scope: "node", key, ...figures } : undefined;
    },
  };
}

function nothing({ asks }: PermitRequest): Permit {
  return { grants: asks.map(() => ({ messages: 0 })), leaseId: null, grantedAtMs: 0 };
}

function unlimited(request: PermitRequest): Permit {
  return { grants: request.asks.map(({ messages }) => ({ messages })), leaseId: null, grantedAtMs: 0 };
}

/** All that was granted. */
function unusedOf(request: PermitRequest, sendPerSecond: number | null, permit: Permit): UnusedPermits {
  const { tenantId, sendId } = request;
  const asks = request.asks.map((ask, i) => ({ ...ask, messages: permit.grants[i]?.messages ?? 0 }));
  return { tenantId, sendId, sendPerSecond, grantedAtMs: permit.grantedAtMs, asks };
}

function reportGrants(request: PermitRequest, permit: Permit, onGrant: (event: GrantEvent) => void): void {
  request.asks.forEach((ask, index) => {
    const grant = permit.grants[index];
    const granted = grant?.messages ?? 0;
    onGrant({ limit: grant?.heldBy ?? null, granted, held: ask.messages - granted });
  });
}
