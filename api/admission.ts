import type { Response } from "express";
import { tenantIdSchema } from "../client/input.js";
import type { RateLimits } from "../client/rate-limits.js";
import { Throttled } from "../domain/errors.js";
import type { RateLimitCheck, RateLimitName } from "../domain/rate-limits.js";

export interface Admission {
  limit: RateLimitName;
  /** As the request says it. */
  tenantId: unknown;
  /** One user of the tenant, counted alone. */
  user?: unknown;
}

/**
 * Counts a request before it is carried out, and says in its answer where the limit stands.
 * @throws Throttled when it is refused; Unavailable while Redis is away
 */
export async function admit(
  rateLimits: Pick<RateLimits, "check">,
  response: Response,
  { limit, tenantId, user }: Admission,
): Promise<void> {
  const tenant = tenantIdSchema.safeParse(tenantId);
  // Refused by the call itself, together with whatever else is wrong.
  if (!tenant.success) return;
  const of = { limit, tenantId: tenant.data, ...(typeof user === "string" && { user }) };
  const check = await rateLimits.check(of);
  response.set(rateLimitHeaders(check));
  if (!check.allowed)
    throw new Throttled(`the rate limit ${limit} of ${of.user ?? of.tenantId}`, check.waitMs);
}

/** `RateLimit-*` as draft-ietf-httpapi-ratelimit-headers-06 has them, seconds; `Retry-After` of RFC 9110. */
export function rateLimitHeaders(check: RateLimitCheck): Record<string, string> {
  if (!check.enabled) return {};
  return {
    "RateLimit-Limit": String(check.burst),
    "RateLimit-Remaining": String(check.remaining),
    "RateLimit-Reset": String(Math.ceil(check.resetMs / 1_000)),
    ...(!check.allowed && { "Retry-After": String(Math.ceil(check.waitMs / 1_000)) }),
  };
}
