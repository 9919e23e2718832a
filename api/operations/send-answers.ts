import { z } from "zod";
import { bounceClasses } from "../../domain/bounces.js";
import { lanes } from "../../domain/lanes.js";
import { recipientStatuses } from "../../domain/recipient-status.js";
import { sendStatuses } from "../../domain/send-status.js";

/** One run of a campaign. */
export const send = z.object({
  sendId: z.string(),
  tenantId: z.string(),
  campaignId: z.string(),
  campaignName: z.string(),
  lane: z.enum(lanes),
  runKey: z.string(),
  status: z.enum(sendStatuses),
  scheduledAt: z.date().nullable(),
  localStart: z.string().nullable(),
  timeZone: z.string(),
  perSecond: z.number().nullable(),
  recipients: z.number(),
  retryRound: z.number(),
  lateMs: z.number().nullable(),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  firstSentAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
});

const counts = z.object(
  Object.fromEntries(recipientStatuses.map((status) => [status, z.number()])) as Record<
    (typeof recipientStatuses)[number],
    z.ZodNumber
  >,
);

/** With its ledger counted. */
export const summary = send.extend({
  counts,
  possibleDuplicates: z.number(),
  returned: z.number(),
  /** Nobody is missing: the audience is complete, and every recipient has one final status. */
  accountedFor: z.boolean(),
});

export const progress = z.object({
  status: z.enum(sendStatuses),
  recipients: z.number(),
  snapshotDone: z.boolean(),
  sent: z.number(),
  deferred: z.number(),
  failed: z.number(),
});

/** What came of one message. */
const outcome = {
  email: z.string(),
  status: z.enum(recipientStatuses),
  attempts: z.number(),
  possibleDuplicate: z.boolean(),
  reason: z.string().nullable(),
  replyCode: z.number().nullable(),
  enhancedCode: z.string().nullable(),
  nodeId: z.string().nullable(),
  settledAt: z.date().nullable(),
  returnedAt: z.date().nullable(),
  returnedAs: z.enum(bounceClasses).nullable(),
  returnedCode: z.string().nullable(),
  returnedText: z.string().nullable(),
};

export const recipient = z.object({
  contactId: z.string(),
  ...outcome,
  /** What the server said when it did not take it. */
  replyText: z.string().nullable(),
  dueAt: z.date().nullable(),
  /** Of one who waits: the limit that holds it back, and when it is free again. */
  heldBy: z.string().nullable(),
  freeAt: z.date().nullable(),
});

export const emailRecipient = z.object({ kind: z.enum(["to", "cc", "bcc"]), ...outcome });

export const sendHold = z.object({
  heldBy: z.string(),
  freeAt: z.date(),
  batches: z.number(),
  recipients: z.number(),
});

export const analytics = z.object({
  sendId: z.string(),
  recipients: z.number(),
  sent: z.number(),
  bounced: z.number(),
  dead: z.number(),
  suppressed: z.number(),
  cancelled: z.number(),
  unknown: z.number(),
  possibleDuplicates: z.number(),
  returned: z.number(),
  opens: z.number(),
  uniqueOpens: z.number(),
  clicks: z.number(),
  uniqueClicks: z.number(),
  unsubscribes: z.number(),
});

const reasonStatuses = [
  ...recipientStatuses.filter((status) => status !== "pending" && status !== "sent"),
  "returned",
];

export const outcomes = z.object({
  countedAt: z.date().nullable(),
  providers: z.array(
    z.object({
      mailboxProvider: z.string(),
      recipients: z.number(),
      sent: z.number(),
      /** Sent, and did not come back. */
      delivered: z.number(),
      bounced: z.number(),
      returned: z.number(),
      /** Put off by their server at least once. */
      deferred: z.number(),
      dead: z.number(),
      complaints: z.number(),
      uniqueOpens: z.number(),
      uniqueClicks: z.number(),
      unsubscribes: z.number(),
    }),
  ),
  reasons: z.array(
    z.object({
      /** `returned`: sent, and came back. */
      status: z.enum(reasonStatuses),
      bounceClass: z.enum(bounceClasses).nullable(),
      reason: z.string().nullable(),
      replyCode: z.number().nullable(),
      enhancedCode: z.string().nullable(),
      recipients: z.number(),
      sampleReply: z.string().nullable(),
    }),
  ),
});
