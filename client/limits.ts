import { z } from "zod";
import type { LimitStore } from "../db/limits.js";
import { NotFound } from "../domain/errors.js";
import type { Limit } from "../domain/permits.js";
import { everyMailboxProvider } from "../domain/suspensions.js";
import type { PermitStatus } from "../throttle/limits-status.js";
import { nodeIdSchema, parseInput, rateSchema, tenantIdSchema } from "./input.js";

/** The rate of one send is set with `campaigns.setRate`. */
const scopeSchema = z.enum(
  ["tenant", "node", "mailbox-provider"],
  "must be tenant, node or mailbox-provider",
);
const countSchema = z
  .int("must be a whole number")
  .min(1, "must be above zero")
  .max(2_000_000_000, "is too large");

export const limitKeySchema = z.strictObject({
  scope: scopeSchema,
  /**
   * Tenant id, node id, or mailbox provider such as gmail. `acme/gmail`, `n1/gmail`: what the tenant or the node sends to that
   * mailbox provider; of the node `*`: what each node does.
   */
  key: z
    .string()
    .trim()
    .min(1, "is empty")
    .max(100, "is longer than 100 characters")
    .regex(/^[^/]+(\/[^/]+)?$/, "must be an id, or an id and a mailbox provider such as n1/gmail"),
});
export type LimitKey = z.input<typeof limitKeySchema>;

export const limitSchema = limitKeySchema
  .extend({
    /** Messages a second, may be fractional: 0.5 is one every two seconds. */
    perSecond: rateSchema.optional(),
    /** Messages that may go at once after a silence. */
    burst: countSchema.optional(),
    /** Messages a day: a node's warmup allowance. */
    perDay: countSchema.optional(),
    /** Messages on the wire at once. */
    concurrency: countSchema.optional(),
  })
  .refine(
    ({ perSecond, burst, perDay, concurrency }) =>
      (perSecond ?? burst ?? perDay ?? concurrency) !== undefined,
    {
      path: ["perSecond"],
      message: "no limit was given; give at least one of perSecond, burst, perDay, concurrency",
    },
  );
export type LimitInput = z.input<typeof limitSchema>;

/** The way from a node to a mailbox provider, such as gmail; left out: whatever the node sends. */
export const pathSchema = z.strictObject({
  nodeId: nodeIdSchema,
  mailboxProvider: z
    .string()
    .regex(/^(\*|[a-z0-9-]{1,40})$/, "must be a mailbox provider such as gmail, or * for all")
    .default(everyMailboxProvider),
  /** Only of a node that is this tenant's own. */
  owner: tenantIdSchema.optional(),
});
export type PathInput = z.input<typeof pathSchema>;

/** What a limit has spent, as Redis counts it. */
export interface PermitStore {
  status(limits: Limit[]): Promise<PermitStatus>;
  /** Forgets what was spent, so that the limit begins anew. */
  reset(scope: Limit["scope"], key: string, by: string): Promise<void>;
  /** @returns how many suspensions ended. @throws NotFound */
  resume(path: z.output<typeof pathSchema>, by: string): Promise<number>;
}

export interface Limits {
  /** All, or a tenant's own. */
  list(tenantId?: string): Promise<Limit[]>;
  /** @throws NotFound when nothing limits it */
  get(key: LimitKey): Promise<Limit>;
  /** Sets all limits of one tenant, node or mailbox provider; acts within seconds. @throws InvalidInput */
  set(limit: LimitInput): Promise<Limit>;
  /** Takes the limit away. @throws InvalidInput */
  remove(key: LimitKey): Promise<{ removed: boolean }>;
  /** Forgets what was spent of a limit: allowance of the day, tokens, adaptive rate, leases. @throws Unavailable */
  reset(key: LimitKey, by?: string): Promise<void>;
  /**
   * Lets mail leave again from a node to a mailbox provider that suspended it or slowed it down: at once as fast as limits
   * allow. @throws InvalidInput, NotFound (node), Unavailable
   */
  resume(path: PathInput, by?: string): Promise<{ lifted: number }>;
  /** What of each limit (or a tenant's own) is spent now, what gates of reputation hold, what providers slowed down. @throws Unavailable while Redis is away */
  status(tenantId?: string): Promise<PermitStatus>;
}

/** @param listGateLimits what gates of reputation hold: all, or what concerns a tenant */
export function createLimits(
  store: LimitStore,
  permits: PermitStore,
  listGateLimits: (tenantId?: string) => Promise<Limit[]>,
): Limits {
  return {
    list: async (tenantId) => store.listLimits(parseInput(tenantIdSchema.optional(), tenantId)),
    get: async (input) => {
      const { scope, key } = parseInput(limitKeySchema, input);
      const limit = await store.loadLimit(scope, key);
      if (!limit) throw new NotFound("limit of", `${scope} ${key}`);
      return limit;
    },
    set: async (input) => {
      const limit = parseInput(limitSchema, input);
      await store.setLimit(limit);
      return limit;
    },
    remove: async (input) => {
      const { scope, key } = parseInput(limitKeySchema, input);
      return { removed: await store.removeLimit(scope, key) };
    },
    reset: async (input, by = "sdk") => {
      const { scope, key } = parseInput(limitKeySchema, input);
      await permits.reset(scope, key, by);
    },
    resume: async (input, by = "sdk") => ({
      lifted: await permits.resume(parseInput(pathSchema, input), by),
    }),
    status: async (input) => {
      const tenantId = parseInput(tenantIdSchema.optional(), input);
      const limits = await Promise.all([store.listLimits(tenantId), listGateLimits(tenantId)]);
      return permits.status(limits.flat());
    },
  };
}
