/**
 * Statuses of a recipient: one row of the ledger (`email_sends`).
 *
 *   pending ──▶ sent · bounced · dead · suppressed · cancelled · unknown
 *      │  ▲
 *      ▼  │ (retry round)
 *   deferred ──▶ sent · bounced · dead · suppressed · cancelled · unknown
 *
 * `retryFailed` takes `dead` back to `deferred`; a person who resolves an `unknown` takes it to `sent` or `deferred`.
 */
export const recipientStatuses = [
  "pending",
  "deferred",
  "sent",
  "bounced",
  "dead",
  "suppressed",
  "cancelled",
  "unknown",
] as const;
export type RecipientStatus = (typeof recipientStatuses)[number];

export const finalRecipientStatuses = [
  "sent",
  "bounced",
  "dead",
  "suppressed",
  "cancelled",
  "unknown",
] as const;
export type FinalRecipientStatus = (typeof finalRecipientStatuses)[number];

/** What a person says of an `unknown`: it arrived, or it is to be sent again. */
export const unknownResolutions = ["sent", "resend"] as const;
export type UnknownResolution = (typeof unknownResolutions)[number];

/** The status that follows, and the reason the ledger then gives: it tells whose word stands there. */
export const resolved: Record<UnknownResolution, { status: "sent" | "deferred"; reason: string }> = {
  sent: { status: "sent", reason: "confirmed-by-person" },
  resend: { status: "deferred", reason: "resend-by-person" },
};

const next: Record<RecipientStatus, readonly RecipientStatus[]> = {
  pending: ["deferred", ...finalRecipientStatuses],
  deferred: ["deferred", ...finalRecipientStatuses],
  dead: ["deferred"],
  unknown: ["sent", "deferred"],
  sent: [],
  bounced: [],
  suppressed: [],
  cancelled: [],
};

export function canBecome(from: RecipientStatus, to: RecipientStatus): boolean {
  return next[from].includes(to);
}

export function isFinal(status: RecipientStatus): status is FinalRecipientStatus {
  return (finalRecipientStatuses as readonly string[]).includes(status);
}

/** How many recipients of a send stand in each status. */
export type RecipientCounts = Record<RecipientStatus, number>;

export function noRecipients(): RecipientCounts {
  return { pending: 0, deferred: 0, sent: 0, bounced: 0, dead: 0, suppressed: 0, cancelled: 0, unknown: 0 };
}

export function totalRecipients(counts: RecipientCounts): number {
  return recipientStatuses.reduce((sum, status) => sum + counts[status], 0);
}

export function settledRecipients(counts: RecipientCounts): number {
  return totalRecipients(counts) - counts.pending - counts.deferred;
}
