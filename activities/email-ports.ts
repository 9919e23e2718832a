/**
 * What single emails need of the world besides what every delivery needs. Adapters: `db/email-groups`, `db/email-messages`,
 * `mail/single-composer`.
 */
import type { EmailRecipientKind } from "../domain/email-status.js";
import type { SkipReason } from "../domain/outcome.js";
import type { RecipientCounts } from "../domain/recipient-status.js";
import type { Lane } from "../domain/lanes.js";
import type { TemplateVersion } from "./delivery-ports.js";

/** One email as it is to be composed: the same octets for each address of its envelope, at each attempt. */
export interface EmailMessage {
  emailId: string;
  groupId: string;
  tenantId: string;
  campaignId: string | null;
  lane: Lane;
  /** When it was asked for, or the time it was asked to leave at: its Date. */
  date: Date;
  /** Position of its first recipient, whom tracking and unsubscribe links name. */
  position: number;
  addresses: { kind: EmailRecipientKind; email: string }[];
  fromName: string | null;
  fromEmail: string;
  replyTo: string | null;
  headers: Record<string, string>;
  /** A version of a template, or the request's own content. Html or text may be empty, not both. */
  template: TemplateVersion;
  variables: Record<string, unknown>;
  trackOpens: boolean;
  trackClicks: boolean;
  /** With List-Unsubscribe and Feedback-ID, as a campaign's mail. */
  bulk: boolean;
  onMissingVariable: "empty" | "refuse";
  attachments: number;
}

export interface EmailAttachment {
  filename: string;
  /** Null: what the file's name says. */
  contentType: string | null;
  contentId: string | null;
  content: Buffer;
}

export interface EmailMessages {
  /** Emails of the group that have unsettled recipients; given positions, those of these recipients. */
  loadMessages(groupId: string, positions?: number[]): Promise<EmailMessage[]>;
  loadAttachments(emailId: string): Promise<EmailAttachment[]>;
}

export interface EmailRefusal {
  emailId: string;
  reason: SkipReason;
  detail: string;
}

export interface EmailRenderer {
  /** Null when the message can be rendered. */
  findProblem(message: EmailMessage): Omit<EmailRefusal, "emailId"> | null;
}

/** The facts of a group of single emails. Every method may be called again at any moment. */
export interface EmailGroupStore {
  /** Unsettled recipients. */
  countUnsettled(groupId: string): Promise<number>;
  /** Settles emails that cannot be rendered as dead, and opens their dead letters. */
  refuseEmails(groupId: string, refusals: EmailRefusal[]): Promise<void>;
  /** Settles recipients whose address or domain is suppressed, by their tenant or globally; returns how many. */
  suppressRecipients(groupId: string): Promise<number>;
  /** Settles what has not left as cancelled; returns how many recipients. */
  cancelRecipients(groupId: string): Promise<number>;
  /** Brings the analytics up to the group's present statuses, and returns these. Counts nothing twice. */
  countGroup(groupId: string): Promise<RecipientCounts>;
}
