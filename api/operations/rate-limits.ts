import { z } from "zod";
import { checkSchema, keySchema, type RateLimitsQuery } from "../../client/rate-limits.js";
import { rateLimitNames } from "../../domain/rate-limits.js";
import { rateLimitHeaders } from "../admission.js";
import { operation } from "../operation.js";
import { systemLoad } from "./queues.js";

const standing = z.object({
  limit: z.enum(rateLimitNames),
  ...{ enabled: z.boolean(), perSecond: z.number(), burst: z.number(), remaining: z.number() },
  ...{ resetMs: z.number(), loadFactor: z.number() },
});

/** One user of the tenant is called `user_id` here. */
const userId = keySchema.shape.user;
const keyInput = keySchema.omit({ user: true }).extend({ userId });
const checkInput = checkSchema.omit({ user: true }).extend({ userId });

const path = "/api/queue/rate-limit";
const common = { resource: "limits", path } as const;

export const rateLimitOperations = [
  operation({
    ...common,
    ...{ id: "rate-limits.status", method: "get", level: "read" },
    summary: "Where the limits of a tenant's requests stand; counts nothing",
    input: keyInput,
    output: z.object({ limits: z.array(standing), load: systemLoad }),
    call: (floe, query) => floe.rateLimits.status(withUser(query)),
  }),
  operation({
    ...common,
    ...{ id: "rate-limits.check", method: "post", level: "read" },
    summary: "Count a request if it is allowed; 429 when it is not",
    input: checkInput,
    output: standing.extend({ allowed: z.boolean(), waitMs: z.number() }),
    respond: (check) => ({ status: check.allowed ? 200 : 429, headers: rateLimitHeaders(check) }),
    call: (floe, request) => floe.rateLimits.check(withUser(request)),
  }),
  operation({
    ...common,
    ...{ id: "rate-limits.reset", method: "delete", level: "own" },
    summary: "Let the whole burst through again",
    input: keyInput,
    call: (floe, query) => floe.rateLimits.reset(withUser(query)),
  }),
];

function withUser<T extends { userId?: string | undefined }>({ userId: user, ...rest }: T) {
  return { ...rest, user } as Omit<T, "userId"> & Pick<RateLimitsQuery, "user">;
}
