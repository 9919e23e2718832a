import type { RecipientStatus } from "./recipient-status.js";

/**
 * How a single email stands. Each address of its envelope (to, cc, bcc) is one recipient with the statuses and
 * transitions of `domain/recipient-status`; the email's own status follows from them:
 *
 *   pending ──▶ sent · bounced · dead · suppressed · cancelled · unknown
 *      │  ▲
 *      ▼  │ (backoff)
 *   deferred ──▶ sent · bounced · dead · suppressed · cancelled · unknown
 *
 * `cancel` acts before it leaves; `retry` takes `dead` back to `deferred`; a person who resolves an `unknown` takes it to
 * `sent` or `deferred`.
 */
export type EmailStatus = RecipientStatus;

/**
 * An email is open while any of its recipients is, and sent when it left to any of them; else it is what became of its
 * first recipient, the one of the To field.
 */
export function emailStatusOf(recipients: readonly RecipientStatus[]): EmailStatus {
  const telling = (["pending", "deferred", "sent"] as const).find((status) => recipients.includes(status));
  return telling ?? recipients[0] ?? "pending";
}

/** Between the attempts of a single email: about a minute, then five; somebody waits for it. */
export const emailRetryBackoff = { baseMs: 60_000, factor: 5, capMs: 60 * 60_000 };

/** Kinds of addresses in an envelope. */
export type EmailRecipientKind = "to" | "cc" | "bcc";

/** What one request may ask for; Gmail takes 25 MB with everything, encoded attachments grow by 37 %. */
export const emailLimits = {
  /** Addresses in cc and bcc together. */
  copies: 50,
  attachments: 20,
  /** Octets of all attachments of one email, decoded. */
  attachmentBytes: 10 * 1024 * 1024,
  filename: 200,
  idempotencyKey: 255,
  /** Characters of the variables as JSON. */
  variables: 256 * 1024,
  /** How far ahead `sendAt` may lie, in milliseconds. */
  aheadMs: 366 * 24 * 3_600_000,
} as const;

/** A group's share of one workflow. The octets bound what a worker holds in memory for one group. */
export const emailGroupLimits = { emails: 250, bytes: 8 * 1024 * 1024 } as const;
