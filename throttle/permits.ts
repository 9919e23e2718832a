import type { Redis } from "ioredis";
import type { Permits } from "../activities/delivery-ports.js";
import { InvalidInput } from "../domain/errors.js";
import type { Limit, Permit, PermitRequest, UnusedPermits } from "../domain/permits.js";
import { slowDownLua } from "./adaptive.js";
import { createCalendar } from "./days.js";
import { beforeDeadline } from "./deadline.js";
import { createGiveBackCall, giveBackLua } from "./give-back.js";
import { pathKey, slowedPathsKey } from "./keys.js";
import { createLeases } from "./leases.js";
import { createLimitTable, limitName, type LimitTable } from "./limit-table.js";
import { createPermitCall, type LimitOf } from "./permit-call.js";
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
  /** IANA name; daily allowances begin at its midnight. */
  timeZone: string;
  /** False grants everything without asking Redis. */
  enabled: boolean;
  onGrant?: (event: GrantEvent) => void;
  /** Milliseconds since the epoch; default: Redis's own clock, which all processes share. */
  now?: () => number;
}

const permitScript = createScript(permitLua);
const giveBackScript = createScript(giveBackLua);
const slowDownScript = createScript(slowDownLua);

/**
 * Permits from Redis: one script call asks for everything a request needs, against the limits of its tenant, its send,
 * each node and each mailbox provider, and the adaptive rate of each path between them.
 * @throws Unavailable from `acquire` and `slowDown` within seconds while Redis is away: nothing is granted then.
 * @throws InvalidInput when the time zone has no such name, or `sendPerSecond` is not above zero.
 */
export function createPermits(options: PermitsOptions): Permits {
  const { redis, enabled, onGrant } = options;
  const currentLimits = createLimitTable(options.loadLimits);
  const calendar = createCalendar(options.timeZone);
  const now = options.now ?? (() => 0);
  const leases = createLeases(redis, now);

  const acquire = async (request: PermitRequest, sendPerSecond: number | null): Promise<Permit> => {
    if (sendPerSecond !== null && !(sendPerSecond > 0)) {
      throw new InvalidInput([{ field: "sendPerSecond", problem: "must be above zero" }]);
    }
    const call = createPermitCall(request, {
      limitOf: withSendRate(await currentLimits(), request.sendId, sendPerSecond),
      days: calendar(options.now?.() ?? Date.now()),
      nowMs: now(),
    });
    const ask = () => permitScript.run(redis, call.keys, call.args).then(call.read);
    const { permit, lease } = await beforeDeadline(redis, ask, {
      // Nobody waits for it any more: nothing of it is used.
      onLate: (late) => {
        if (late.lease) leases.hold(late.lease);
        void giveBack(late.permit.leaseId, unusedOf(request, sendPerSecond, late.permit));
      },
    });
    if (lease) leases.hold(lease);
    return permit;
  };

  /** Never rejects: what Redis is not told about is lost to the limits, as if it had left. */
  const giveBack = async (leaseId: string | null, unused: UnusedPermits): Promise<void> => {
    const { sendId, sendPerSecond, grantedAtMs } = unused;
    const lease = leaseId === null ? undefined : leases.take(leaseId);
    try {
      const limitOf = withSendRate(await currentLimits(), sendId, sendPerSecond);
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
    slowDown: async (nodeId, mailboxProvider, retryAfterMs = 0) => {
      if (!enabled) return;
      const limits = await currentLimits();
      const configured = Math.min(
        limits.get(limitName("node", nodeId))?.perSecond ?? Infinity,
        limits.get(limitName("mailbox-provider", mailboxProvider))?.perSecond ?? Infinity,
      );
      const keys = [pathKey(nodeId, mailboxProvider), slowedPathsKey];
      const path = JSON.stringify([nodeId, mailboxProvider]);
      const args = [now(), Math.max(0, retryAfterMs), Number.isFinite(configured) ? configured : 0, path];
      await beforeDeadline(redis, () => slowDownScript.run(redis, keys, args));
    },
  };
}

/** The limits and the rate that an operator gave this send. */
function withSendRate(limits: LimitTable, sendId: string, perSecond: number | null): LimitOf {
  if (perSecond === null) return (name) => limits.get(name);
  const send: Limit = { scope: "send", key: sendId, perSecond };
  return (name) => (name === limitName("send", sendId) ? send : limits.get(name));
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
