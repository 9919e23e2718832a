/** How a running campaign is steered and asked. Names are stored in histories: public API. */
import { defineQuery, defineSignal, defineUpdate } from "@temporalio/workflow";
import type { ResolveUnknown, SendProgress, SendTotals } from "../activities/campaign-ports.js";

export interface CampaignInput {
  sendId: string;
  /** Carried over when the workflow continues as new: partitions started so far. */
  partitions?: number;
}

export type CampaignResult = SendTotals & { status: "completed" | "cancelled" };

export interface SetRateInput {
  /** Messages a second for this send; null: no limit of its own. */
  perSecond: number | null;
}

export const pauseSignal = defineSignal("pause");
export const resumeSignal = defineSignal("resume");
export const cancelSignal = defineSignal("cancel");
export const setRateSignal = defineSignal<[SetRateInput]>("setRate");
export const progressQuery = defineQuery<SendProgress | null>("progress");
/** Takes the dead recipients of the send up again; resolves as soon as they are revived. */
export const retryFailedUpdate = defineUpdate<{ revived: number }>("retryFailed");
/** Recipients were revived in the ledger by a replay of dead letters. */
export const revivedSignal = defineSignal("revived");
/** Settles recipients held as `unknown` by a person's word; resolves as soon as the ledger says so. */
export const resolveUnknownUpdate = defineUpdate<{ resolved: number }, [ResolveUnknown]>("resolveUnknown");

/** The type name a client starts; `workflows/campaign` exports the function of that name. */
export const campaignWorkflowType = "campaign";
export const campaignJobType = "campaign.process";
