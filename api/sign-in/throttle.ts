import { createHash } from "node:crypto";
import ipaddr from "ipaddr.js";
import { Throttled, Unavailable } from "../../domain/errors.js";
import type { RateLimiter } from "../../throttle/rate-limiter.js";
import { rateLimitOf, signInLimits, type SignInLimit } from "../../domain/sign-in-limits.js";
import { createLocalBuckets } from "./local-buckets.js";

export interface SignInThrottle {
  /** Counts an attempt, by account and by address. @throws Throttled when there were too many; it ends by itself */
  admit(attempt: Attempt): Promise<void>;
  /** Whoever proved who they are begins anew. */
  forget(attempt: Pick<Attempt, "email">): Promise<void>;
}

export interface Attempt {
  email: string;
  address: string;
}

/** Redis away: this process counts alone, because nobody could sign in to see what is wrong. */
export function createSignInThrottle(
  limiter: Pick<RateLimiter<SignInLimit>, "check" | "reset">,
): SignInThrottle {
  const local = createLocalBuckets();
  const check = async (limit: SignInLimit, key: string): Promise<void> => {
    const { allowed, waitMs } = await limiter
      .check({ limit, tenantId: "sign-in", user: key }, 1)
      .catch((error: unknown) => {
        if (!(error instanceof Unavailable)) throw error;
        return local.check(`${limit}:${key}`, signInLimits[limit]);
      });
    if (!allowed) throw new Throttled(rateLimitOf[limit], waitMs);
  };
  return {
    async admit({ email, address }) {
      await check("sign-in-address", networkOf(address));
      await check("sign-in", accountOf(email));
    },
    async forget({ email }) {
      const key = accountOf(email);
      local.forget(`sign-in:${key}`);
      // Redis away is no reason to refuse who is in.
      await limiter.reset({ limit: "sign-in", tenantId: "sign-in", user: key }).catch(() => undefined);
    },
  };
}

/** Addresses of people stay out of Redis. */
function accountOf(email: string): string {
  return createHash("sha256").update(email).digest("base64url");
}

/** One line has a whole /64 of IPv6. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return "unknown";
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return parsed.toString();
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}
