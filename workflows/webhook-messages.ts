/** How an endpoint's workflow is woken. Names are stored in histories: public API. */
import { defineSignal } from "@temporalio/workflow";

export interface WebhookInput {
  webhookId: string;
  /** Its requests are made by workers of this region; null: by any. */
  region: string | null;
}

/** Something is due, or the endpoint's settings have changed: its region is named again. */
export const wakeSignal = defineSignal<[{ region: string | null }]>("wake");

/** The type name a client starts; `workflows/webhook` exports the function of that name. */
export const webhookWorkflowType = "webhook";
export const webhookJobType = "webhook.dispatch";
