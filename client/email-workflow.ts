import type { Client } from "@temporalio/client";
import { emailsWorkflowId } from "../domain/ids.js";
import type { Lane } from "../domain/lanes.js";
import {
  emailsCancelledSignal,
  emailsRevivedSignal,
  sendEmailsJobType,
  sendEmailsWorkflowType,
  type SendEmailsInput,
} from "../workflows/email-messages.js";
import { isWorkflowGone } from "./failures.js";
import { startOptionsOf } from "./start-options.js";

/** What an operator reads in the Web UI about a group: ids and figures, never an address. */
export interface EmailGroupLabel {
  groupId: string;
  tenantId: string;
  lane: Lane;
  sendAt: Date | null;
  /** Absent: not known to the caller. */
  emails?: number;
}

/** Workflow `email/<groupId>`: how the SDK starts and steers it. */
export interface EmailWorkflow {
  /** Starts it; a running one is left as it is. */
  start(group: EmailGroupLabel): Promise<void>;
  /** Tells a running one that something of its group was cancelled in the ledger. */
  cancelled(groupId: string): Promise<void>;
  /** Tells it that something of its group is to be tried again; starts it when it has ended. */
  revived(group: EmailGroupLabel): Promise<void>;
}

/** @param connect resolves once Temporal answers. @throws Unavailable */
export function createEmailWorkflow(connect: () => Promise<Client>): EmailWorkflow {
  return {
    async start(group) {
      await (await connect()).workflow.start(sendEmailsWorkflowType, startOptions(group));
    },
    async cancelled(groupId) {
      try {
        const handle = (await connect()).workflow.getHandle(emailsWorkflowId(groupId));
        await handle.signal(emailsCancelledSignal);
      } catch (error) {
        if (!isWorkflowGone(error)) throw error;
      }
    },
    async revived(group) {
      const client = await connect();
      await client.workflow.signalWithStart(sendEmailsWorkflowType, {
        ...startOptions(group),
        signal: emailsRevivedSignal,
        signalArgs: [],
      });
    },
  };
}

function startOptions({ groupId, tenantId, lane, sendAt, emails }: EmailGroupLabel) {
  const args: [SendEmailsInput] = [{ groupId, tenantId, lane, sendAtMs: sendAt?.getTime() ?? null }];
  const what = emails === undefined || emails === 1 ? "Email" : `${emails} emails`;
  return {
    ...startOptionsOf({
      workflowId: emailsWorkflowId(groupId),
      tenantId,
      jobType: sendEmailsJobType,
      lane,
    }),
    args,
    memo: { tenant: tenantId, lane },
    staticSummary: `${what} of ${tenantId}`,
    staticDetails: [
      `${what} of tenant \`${tenantId}\`, lane \`${lane}\`${sendAt ? `, to leave at ${sendAt.toISOString()}` : ""}.`,
      `What became of it: \`floe email status ${groupId} --tenant ${tenantId}\`.`,
    ].join("\n\n"),
  };
}
