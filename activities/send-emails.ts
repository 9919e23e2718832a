import type { RecipientCounts } from "../domain/recipient-status.js";
import { chooseRoute } from "../domain/routing.js";
import type { Delivery, SendDirectory } from "./delivery-ports.js";
import type { EmailGroupStore, EmailMessages, EmailRefusal, EmailRenderer } from "./email-ports.js";
import { withFailures } from "./failures.js";
import {
  createSendBatchActivities,
  type SendBatchOptions,
  type SendBatchPorts,
  type SendBatchResult,
} from "./send-batch.js";

export interface EmailGroupInput {
  groupId: string;
}

/** What the worker's configuration decides about single emails; recorded in the history by the first step. */
export interface EmailSettings {
  heartbeatMs: number;
  /** Wait before the second attempt; absent: the rule of `domain/email-status`. */
  retryBaseMs?: number;
}

/** The steps of `email.send` around the sending itself: short, each answered with what it came to. */
export interface EmailStepActivities {
  renderEmails(
    input: EmailGroupInput,
  ): Promise<{ rendered: number; refused: number; settings: EmailSettings }>;
  suppressRecipients(input: EmailGroupInput): Promise<{ suppressed: number; unsettled: number }>;
  /** What would carry the emails now; each message is routed when it has its permit, by what its nodes may take then. */
  selectProvider(input: EmailGroupInput): Promise<{ choice: string; provider: string | null; nodes: number }>;
  countEmails(input: EmailGroupInput): Promise<{ counts: RecipientCounts }>;
  countUnsettled(input: EmailGroupInput): Promise<{ unsettled: number }>;
  cancelEmails(input: EmailGroupInput): Promise<{ cancelled: number }>;
}

/** The sending: permit, route, SMTP, ledger. */
export interface TransmitEmailsActivities {
  transmitEmails(input: EmailGroupInput): Promise<SendBatchResult>;
}

export interface EmailStepPorts {
  directory: SendDirectory<Delivery>;
  groups: EmailGroupStore;
  messages: EmailMessages;
  renderer: EmailRenderer;
}

export function createEmailStepActivities(
  { directory, groups, messages, renderer }: EmailStepPorts,
  settings: EmailSettings,
): EmailStepActivities {
  return withFailures<EmailStepActivities & Record<string, (...args: never[]) => Promise<unknown>>>({
    async renderEmails({ groupId }) {
      const loaded = await messages.loadMessages(groupId);
      const refusals = loaded.flatMap((message): EmailRefusal[] => {
        const problem = renderer.findProblem(message);
        return problem ? [{ emailId: message.emailId, ...problem }] : [];
      });
      await groups.refuseEmails(groupId, refusals);
      return { rendered: loaded.length - refusals.length, refused: refusals.length, settings };
    },

    async suppressRecipients({ groupId }) {
      const suppressed = await groups.suppressRecipients(groupId);
      return { suppressed, unsettled: await groups.countUnsettled(groupId) };
    },

    async selectProvider({ groupId }) {
      const { tenantId, providerChoice: choice } = await directory.loadSend(groupId);
      const nodes = await directory.loadNodes(tenantId);
      const candidates = nodes.map((node) => ({ ...node, heldUntilMs: 0, assigned: 0 }));
      const route = chooseRoute(candidates, choice, Date.now());
      const chosen = route.kind === "none" ? undefined : nodes.find(({ nodeId }) => nodeId === route.nodeId);
      return { choice, provider: chosen?.provider ?? null, nodes: nodes.length };
    },

    async countEmails({ groupId }) {
      return { counts: await groups.countGroup(groupId) };
    },

    async countUnsettled({ groupId }) {
      return { unsettled: await groups.countUnsettled(groupId) };
    },

    async cancelEmails({ groupId }) {
      return { cancelled: await groups.cancelRecipients(groupId) };
    },
  });
}

/** A group of single emails goes the way of a campaign's batch, with a ledger and a journal of its own. */
export function createTransmitEmailsActivities(
  ports: SendBatchPorts<Delivery>,
  options: SendBatchOptions,
): TransmitEmailsActivities {
  const batches = createSendBatchActivities(ports, options);
  return { transmitEmails: ({ groupId }) => batches.sendBatch({ sendId: groupId, batchNo: 0 }) };
}
