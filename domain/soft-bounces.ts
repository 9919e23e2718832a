/** When mail to an address that exists, but takes none, is no longer worth sending. */
import type { BounceClass } from "./bounces.js";

export interface SoftBouncePolicy {
  /** Messages in a row that came back; 0: never. */
  limit: number;
  /** Older ones do not count. */
  days: number;
}

export const defaultSoftBounces: SoftBouncePolicy = { limit: 5, days: 30 };

/** One message that a server accepted for the address. */
export interface AcceptedMessage {
  acceptedAt: Date;
  returnedAt: Date | null;
  returnedAs: BounceClass | null;
  /** First open, click or reply. */
  engagedAt: Date | null;
}

/**
 * Whether the last `limit` messages all came back as soft bounces, with nothing opened or clicked meanwhile. One that did
 * not come back was delivered; one that came back for another reason (our fault, policy) says nothing of the address. What
 * was accepted after the last that came back is not known yet.
 */
export function isBouncedRepeatedly(
  { limit, days }: SoftBouncePolicy,
  messages: readonly AcceptedMessage[],
  now: Date,
): boolean {
  if (limit === 0) return false;
  const since = Math.max(
    now.getTime() - days * 86_400_000,
    ...messages.map((m) => m.engagedAt?.getTime() ?? 0),
  );
  let inARow = 0;
  let returned = false;
  for (const message of byTimeBackwards(messages)) {
    if (message.returnedAt === null && returned) break;
    returned ||= message.returnedAt !== null;
    if (message.returnedAs === "soft" && (message.returnedAt?.getTime() ?? 0) > since) inARow += 1;
  }
  return inARow >= limit;
}

function byTimeBackwards(messages: readonly AcceptedMessage[]): AcceptedMessage[] {
  return messages.toSorted((a, b) => b.acceptedAt.getTime() - a.acceptedAt.getTime());
}
