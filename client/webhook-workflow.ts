import type { Client } from "@temporalio/client";
import { webhookWorkflowId } from "../domain/ids.js";
import {
  wakeSignal,
  webhookJobType,
  webhookWorkflowType,
  type WebhookInput,
} from "../workflows/webhook-messages.js";
import { startOptionsOf } from "./start-options.js";

/** Workflow `webhook/<webhookId>`: how it is started and woken. */
export interface WebhookWorkflow {
  /** Also reaches one that has ended or was lost: a new one finds the signal. */
  wake(webhook: { webhookId: string; tenantId: string; region: string | null }): Promise<void>;
}

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createWebhookWorkflow(connect: () => Promise<Client>): WebhookWorkflow {
  return {
    async wake({ webhookId, tenantId, region }) {
      const args: [WebhookInput] = [{ webhookId, region }];
      await (
        await connect()
      ).workflow.signalWithStart(webhookWorkflowType, {
        ...startOptionsOf({
          workflowId: webhookWorkflowId(webhookId),
          tenantId,
          jobType: webhookJobType,
        }),
        args,
        memo: { tenant: tenantId },
        staticSummary: `Webhook ${webhookId} (${tenantId})`,
        staticDetails: `What it was sent: \`floe webhooks deliveries ${webhookId} --tenant ${tenantId}\`.`,
        signal: wakeSignal,
        signalArgs: [{ region }],
      });
    },
  };
}
