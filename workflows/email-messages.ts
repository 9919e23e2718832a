/** How a group of single emails is started and steered. Names are stored in histories: public API. */
import { defineSignal } from "@temporalio/workflow";
import type { Lane } from "../domain/lanes.js";
import type { RecipientCounts } from "../domain/recipient-status.js";

export interface SendEmailsInput {
  groupId: string;
  tenantId: string;
  lane: Lane;
  /** Epoch milliseconds; null: at once. */
  sendAtMs: number | null;
}

export interface SendEmailsResult {
  /** Recipients by status. */
  counts: RecipientCounts;
}

/** Some of the group was cancelled in the ledger: perhaps nothing is left to wait for. */
export const emailsCancelledSignal = defineSignal("emailsCancelled");
/** Some of the group was taken back from the dead letters: it goes now. */
export const emailsRevivedSignal = defineSignal("emailsRevived");

/** The type name a client starts; `workflows/send-emails` exports the function of that name. */
export const sendEmailsWorkflowType = "sendEmails";
/** `JobType` of its runs. */
export const sendEmailsJobType = "email.send";
