import type { Redis } from "ioredis";
import type { Limit, LimitScope } from "../domain/permits.js";
import { everyMailboxProvider, type Suspension } from "../domain/suspensions.js";
import { adaptiveRate } from "./adaptive.js";
import { createCalendar } from "./days.js";
import { beforeDeadline } from "./deadline.js";
import { leasesKey, limitKey, pathKey, slowedPathsKey } from "./keys.js";
import { capacityOf, limitName } from "./limit-table.js";

/** A limit and where it stands now. */
export interface LimitStatus {
  limit: Limit;
  /** Messages that could go at once; undefined without a rate. */
  tokens?: number;
  /** Messages granted since midnight of the configured time zone. */
  usedToday: number;
  /** Messages on the wire; 0 without a concurrency limit. */
  onTheWire: number;
}

/** A node's path to a mailbox provider that throttling replies have slowed down. */
export interface SlowedPathStatus {
  nodeId: string;
  /** `*`: whatever the node sends. */
  mailboxProvider: string;
  /** Messages a second; undefined when only `blockedForMs` holds the path back. */
  perSecond?: number;
  /** The provider asked to be left alone for so long; 0 when not. */
  blockedForMs: number;
}

export interface PermitStatus {
  limits: LimitStatus[];
  slowedPaths: SlowedPathStatus[];
  /** Why some of them are held for long, until when, and by which answer. */
  suspensions: Suspension[];
}

export interface PermitStatusOptions {
  /** IANA name; must be the one permits are granted by. */
  timeZone: string;
  /** Milliseconds since the epoch; default: Redis's own clock. */
  now?: () => number;
}

/** Where limits stand, for operators; changes nothing. @throws Unavailable while Redis is away. */
export async function readPermitStatus(
  redis: Redis,
  limits: Limit[],
  { timeZone, now }: PermitStatusOptions,
): Promise<Omit<PermitStatus, "suspensions">> {
  return beforeDeadline(redis, async () => {
    const nowMs = now?.() ?? (await redisNow(redis));
    const today = createCalendar(timeZone)(nowMs)[1]?.date ?? "";
    const [statuses, slowedPaths] = await Promise.all([
      Promise.all(limits.map((limit) => readLimit(redis, limit, { nowMs, today }))),
      readSlowedPaths(redis, limits, nowMs),
    ]);
    return { limits: statuses, slowedPaths };
  });
}

/**
 * Forgets what was used of a limit: full bucket, no messages today, no leases; for a node or a mailbox provider also the
 * adaptive rates of its paths. The limit itself stays. @throws Unavailable while Redis is away.
 */
export async function resetPermits(redis: Redis, scope: LimitScope, key: string): Promise<void> {
  await beforeDeadline(redis, async () => {
    const name = limitName(scope, key);
    await redis.unlink(limitKey(name), leasesKey(name));
    await forgetPaths(
      redis,
      (nodeId, mailboxProvider) =>
        (scope === "node" && nodeId === key) || (scope === "mailbox-provider" && mailboxProvider === key),
    );
  });
}

/**
 * What providers slowed down on the way to a mailbox provider, or with `*` whatever the node sends, goes at once as fast as
 * the limits allow. @throws Unavailable while Redis is away.
 */
export async function resumePaths(redis: Redis, nodeId: string, mailboxProvider: string): Promise<void> {
  const all = mailboxProvider === everyMailboxProvider;
  await beforeDeadline(redis, () =>
    forgetPaths(
      redis,
      (node, provider) =>
        node === nodeId && (all || provider === mailboxProvider || provider === everyMailboxProvider),
    ),
  );
}

async function forgetPaths(
  redis: Redis,
  isOne: (nodeId: string, mailboxProvider: string) => boolean,
): Promise<void> {
  const members = (await redis.smembers(slowedPathsKey)).filter((member) => isOne(...readMember(member)));
  if (members.length === 0) return;
  await redis.unlink(...members.map((member) => pathKey(...readMember(member))));
  await redis.srem(slowedPathsKey, ...members);
}

async function readLimit(
  redis: Redis,
  limit: Limit,
  at: { nowMs: number; today: string },
): Promise<LimitStatus> {
  const name = limitName(limit.scope, limit.key);
  const [[tokens, since, day, used], leases] = await Promise.all([
    redis.hmget(limitKey(name), "tokens", "at", "day", "used"),
    limit.concurrency === undefined ? [] : redis.zrangebyscore(leasesKey(name), `(${at.nowMs}`, "+inf"),
  ]);
  const onTheWire = leases.reduce(
    (sum, member) => sum + Number(member.slice(member.lastIndexOf(":") + 1)),
    0,
  );
  const usedToday = day && day >= at.today ? Number(used) : 0;
  const status: LimitStatus = { limit, usedToday, onTheWire };
  if (limit.perSecond === undefined) return status;
  const capacity = capacityOf(limit);
  if (!tokens) return { ...status, tokens: Math.floor(capacity) };
  const gained = (Math.max(0, at.nowMs - Number(since)) / 1_000) * limit.perSecond;
  return { ...status, tokens: Math.max(0, Math.floor(Math.min(capacity, Number(tokens) + gained))) };
}

async function readSlowedPaths(redis: Redis, limits: Limit[], nowMs: number): Promise<SlowedPathStatus[]> {
  const members = await redis.smembers(slowedPathsKey);
  const paths = await Promise.all(
    members.map(async (member): Promise<SlowedPathStatus> => {
      const [nodeId, mailboxProvider] = readMember(member);
      const fields = await redis.hmget(pathKey(nodeId, mailboxProvider), ...pathFields);
      const [base, since, from, blocked, trickle, trickleUntil] = fields.map(Number) as Figures;
      const grown = base > 0 ? adaptiveRate({ base, since, from }, nowMs) : undefined;
      const rate = trickleUntil > nowMs ? Math.min(grown ?? Infinity, trickle) : grown;
      const binds = rate !== undefined && rate < configuredRate(limits, nodeId, mailboxProvider);
      const blockedForMs = Math.max(0, blocked - nowMs);
      return { nodeId, mailboxProvider, ...(binds && { perSecond: rate }), blockedForMs };
    }),
  );
  return paths.filter(({ perSecond, blockedForMs }) => perSecond !== undefined || blockedForMs > 0);
}

const pathFields = ["base", "since", "from", "blocked", "trickle", "trickleUntil"] as const;
type Figures = [number, number, number, number, number, number];

function configuredRate(limits: Limit[], nodeId: string, mailboxProvider: string): number {
  const rates = limits
    .filter(({ scope, key }) =>
      scope === "node" ? key === nodeId : scope === "mailbox-provider" && key === mailboxProvider,
    )
    .map(({ perSecond }) => perSecond ?? Infinity);
  return Math.min(...rates);
}

function readMember(member: string): [string, string] {
  return JSON.parse(member) as [string, string];
}

async function redisNow(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}
