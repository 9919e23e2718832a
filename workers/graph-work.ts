import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import type { GraphWork, JobToRun, WorkWorkflow } from "../activities/job-graph-ports.js";
import type { EmailInput } from "../client/email-input.js";
import { createEmails } from "../client/emails.js";
import { createEmailRequestStore } from "../db/email-requests.js";
import { createEmailStore, type Email } from "../db/emails.js";
import { createSends } from "../db/sends.js";
import { NotFound } from "../domain/errors.js";
import { campaignWorkflowId, emailsWorkflowId } from "../domain/ids.js";
import type { JobType } from "../domain/job-graph.js";
import { lanePriority } from "../domain/lanes.js";
import { isFinal, noRecipients, type RecipientCounts } from "../domain/recipient-status.js";
import { prepareContent } from "../mail/template.js";
import { campaignJobType, campaignWorkflowType, type CampaignInput } from "../workflows/campaign-messages.js";
import {
  sendEmailsJobType,
  sendEmailsWorkflowType,
  type SendEmailsInput,
} from "../workflows/email-messages.js";
import { exportWork, importWork } from "./graph-files.js";

/** What jobs of a graph do, on the rows of the flows that do it. Their keys are the run's and the job's: a repeat adds nothing. */
export function createGraphWork(pool: pg.Pool): GraphWork {
  const kinds: Record<Exclude<JobType, "wait">, GraphWork> = {
    "campaign.send": campaignWork(pool),
    "email.send": emailWork(pool),
    "import.contacts": importWork(pool),
    "export.data": exportWork(pool),
  };
  const kindOf = ({ type }: JobToRun): GraphWork => {
    if (type === "wait") throw new NotFound("work of the job type", type);
    return kinds[type];
  };
  return {
    prepare: (job, keep) => kindOf(job).prepare(job, keep),
    outcome: (job) => kindOf(job).outcome(job),
  };
}

interface CampaignJobInput {
  campaignId: string;
  perSecond?: number;
}

function campaignWork(pool: pg.Pool): GraphWork {
  const sends = createSends(pool);
  /** A cancelled send stays so; only one that reached nobody may be followed by another. */
  async function canGoOn(tenantId: string, sendId: string): Promise<boolean> {
    const { status, counts } = await sends.loadSummary(tenantId, sendId);
    return status !== "cancelled" || counts.sent + counts.unknown > 0;
  }

  return {
    async prepare(job, keep) {
      const { tenantId } = job;
      const { campaignId, perSecond = null } = job.input as unknown as CampaignJobInput;
      const create = () =>
        sends.createSend({
          ...{ tenantId, campaignId, perSecond, timeZone: "UTC" },
          runKey: keyOf(job),
          sendId: uuidv7(),
        });
      const begun = job.workId !== null && (await canGoOn(tenantId, job.workId)) ? job.workId : null;
      const sendId = await keep(begun ?? (await create()).sendId);
      const send = await sends.loadSend(tenantId, sendId);
      const input: CampaignInput = { sendId };
      return {
        type: campaignWorkflowType,
        workflowId: campaignWorkflowId(sendId),
        input,
        summary: `${send.campaignName} (${tenantId})`,
        searchAttributes: {
          TenantId: tenantId,
          CampaignId: send.campaignId,
          JobType: campaignJobType,
          Lane: send.lane,
        },
        priorityKey: lanePriority[send.lane],
      };
    },

    async outcome({ tenantId, workId }) {
      const sendId = workId ?? "";
      const { status } = await sends.loadSend(tenantId, sendId);
      if (status !== "completed" && status !== "cancelled") return null;
      const result = { sendId, ...finalCounts((await sends.loadSummary(tenantId, sendId)).counts) };
      if (status === "completed") return { state: "succeeded", result, reason: null };
      return { state: "failed", result, reason: `send ${sendId} was cancelled` };
    },
  };
}

function emailWork(pool: pg.Pool): GraphWork {
  const store = createEmailStore(pool);
  const requests = createEmailRequestStore(pool);
  const emails = createEmails({
    store,
    // Saved only: the graph starts its workflow as a child.
    async accept(group, email) {
      const [saved] = await requests.saveEmails({ ...group, groupId: email.emailId }, [email]);
      if (!saved || saved.kind === "refused") throw saved?.error ?? new NotFound("email", email.emailId);
      return saved;
    },
    workflow: { cancelled: async () => undefined, revived: async () => undefined },
    prepare: prepareContent,
  });
  /** One that was cancelled before it left is followed by another. */
  async function canGoOn(tenantId: string, emailId: string): Promise<boolean> {
    const { recipients } = await emails.status({ tenantId, emailId });
    return recipients.some(({ status }) => status !== "cancelled");
  }

  return {
    async prepare(job, keep) {
      const { tenantId, input } = job;
      const send = () =>
        emails.send({
          ...{ ...(input as unknown as EmailInput), tenantId, idempotencyKey: keyOf(job), actor: keyOf(job) },
        });
      const begun = job.workId !== null && (await canGoOn(tenantId, job.workId)) ? job.workId : null;
      const emailId = await keep(begun ?? (await send()).emailId);
      // An attempt after the first: what is dead is taken up again, what has arrived stays.
      await store.reviveEmail(tenantId, emailId);
      return emailWorkflow(await emails.status({ tenantId, emailId }));
    },

    async outcome({ tenantId, workId }) {
      const { emailId, status, recipients } = await emails.status({ tenantId, emailId: workId ?? "" });
      if (!recipients.every((recipient) => isFinal(recipient.status))) return null;
      const counts = noRecipients();
      for (const recipient of recipients) counts[recipient.status] += 1;
      const result = { emailId, ...finalCounts(counts) };
      if (status === "sent") return { state: "succeeded", result, reason: null };
      return { state: "failed", result, reason: `email ${emailId} is ${status}` };
    },
  };
}

function emailWorkflow({ groupId, tenantId, lane, sendAt }: Email): WorkWorkflow {
  const input: SendEmailsInput = { groupId, tenantId, lane, sendAtMs: sendAt?.getTime() ?? null };
  return {
    type: sendEmailsWorkflowType,
    workflowId: emailsWorkflowId(groupId),
    input,
    summary: `Email of ${tenantId}`,
    searchAttributes: { TenantId: tenantId, JobType: sendEmailsJobType, Lane: lane },
    priorityKey: lanePriority[lane],
  };
}

type FinalCount = "sent" | "bounced" | "dead" | "suppressed" | "cancelled" | "unknown";

/** Of a job resumed in another run too: its work's id is handed on there. */
function keyOf({ runId, job }: JobToRun): string {
  return `graph/${runId}/${job}`;
}

function finalCounts(counts: RecipientCounts): Record<FinalCount, number> {
  const { sent, bounced, dead, suppressed, cancelled, unknown } = counts;
  return { sent, bounced, dead, suppressed, cancelled, unknown };
}
