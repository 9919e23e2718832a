import { z } from "zod";
import { tenantIdSchema } from "../../client/input.js";
import { limitKeySchema, limitSchema, pathSchema } from "../../client/limits.js";
import { NotFound } from "../../domain/errors.js";
import { operation } from "../operation.js";

const limit = z.object({
  scope: z.enum(["tenant", "node", "mailbox-provider", "send", "warmup", "reputation"]),
  key: z.string(),
  perSecond: z.number().optional(),
  burst: z.number().optional(),
  perDay: z.number().optional(),
  perHour: z.number().optional(),
  concurrency: z.number().optional(),
  stoppedUntil: z.date().nullable().optional(),
  reason: z.string().optional(),
});
const status = z.object({
  limits: z.array(
    z.object({ limit, tokens: z.number().optional(), usedToday: z.number(), onTheWire: z.number() }),
  ),
  slowedPaths: z.array(
    z.object({
      nodeId: z.string(),
      mailboxProvider: z.string(),
      perSecond: z.number().optional(),
      blockedForMs: z.number(),
    }),
  ),
  suspensions: z.array(
    z.object({
      nodeId: z.string(),
      mailboxProvider: z.string(),
      perSecond: z.number().nullable(),
      rule: z.string(),
      reply: z.object({ code: z.number(), enhanced: z.string().optional(), text: z.string() }),
      since: z.date(),
      until: z.date(),
    }),
  ),
});

const ofTenant = z.strictObject({ tenantId: tenantIdSchema.optional() });

const path = "/api/limits";
const one = `${path}/:scope/:key`;
const look = { resource: "limits", level: "read" } as const;
const change = { resource: "limits", level: "platform", edits: "limits.get" } as const;

export const limitOperations = [
  operation({
    ...look,
    ...{ id: "limits.list", method: "get", path, isList: true },
    summary: "How much may leave: a tenant sees its own limits, the platform all",
    input: ofTenant,
    output: limit,
    call: (floe, { tenantId }) => floe.limits.list(tenantId),
  }),
  operation({
    ...look,
    ...{ id: "limits.status", method: "get", path: `${path}/status` },
    summary:
      "What of each limit is spent now, and which of the tenant's nodes providers slowed down or suspended",
    input: ofTenant,
    output: status,
    call: async (floe, { tenantId }) => {
      const status = await floe.limits.status(tenantId);
      if (tenantId === undefined) return status;
      const usable = new Set((await floe.nodes.list(tenantId)).map(({ nodeId }) => nodeId));
      const isSeen = ({ nodeId }: { nodeId: string }) => usable.has(nodeId);
      return {
        ...status,
        slowedPaths: status.slowedPaths.filter(isSeen),
        suspensions: status.suspensions.filter(isSeen),
      };
    },
  }),
  operation({
    ...{ id: "limits.resume", method: "post", path: `${path}/paths/:node_id/:mailbox_provider/resume` },
    ...{ resource: "limits", level: "write" },
    summary:
      "Let mail leave again from a node to a mailbox provider (* for all) that suspended it or slowed it down",
    input: ofTenant.extend(pathSchema.omit({ owner: true }).shape),
    output: z.object({ lifted: z.number() }),
    call: (floe, { nodeId, mailboxProvider }, { principal: { tenantId, actor } }) =>
      floe.limits.resume({ nodeId, mailboxProvider, ...(tenantId !== null && { owner: tenantId }) }, actor),
  }),
  operation({
    ...look,
    ...{ id: "limits.get", method: "get", path: one },
    summary: "The limits of one tenant, node or mailbox provider",
    input: limitKeySchema,
    output: limit,
    call: async (floe, input, { principal: { tenantId } }) => {
      const isOwn = input.scope === "tenant" && input.key.split("/", 1)[0] === tenantId;
      if (tenantId !== null && !isOwn) throw new NotFound("limit of", `${input.scope} ${input.key}`);
      return floe.limits.get(input);
    },
  }),
  operation({
    ...change,
    ...{ id: "limits.set", method: "put", path: one },
    summary: "Set all limits of one tenant, node or mailbox provider; acts within seconds",
    input: limitSchema,
    output: limit,
    call: (floe, input) => floe.limits.set(input),
  }),
  operation({
    ...change,
    ...{ id: "limits.reset", method: "post", path: `${one}/reset` },
    summary: "Forget what was spent of a limit: allowance of the day, tokens, adaptive rate, leases",
    input: limitKeySchema,
    call: (floe, input, { principal }) => floe.limits.reset(input, principal.actor),
  }),
  operation({
    ...change,
    ...{ id: "limits.remove", method: "delete", path: one },
    summary: "Take a limit away",
    input: limitKeySchema,
    output: z.object({ removed: z.boolean() }),
    call: (floe, input) => floe.limits.remove(input),
  }),
];
