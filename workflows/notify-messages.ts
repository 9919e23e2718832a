/** How somebody's notifications are sent. Names are stored in histories: public API. */
import { defineSignal } from "@temporalio/workflow";

export interface NotifyInput {
  userId: string;
}

/** There is something new for them. */
export const notifySignal = defineSignal("notify");

/** The type name a client starts; `workflows/notify` exports the function of that name. */
export const notifyWorkflowType = "notify";
export const notifyJobType = "notification.send";
