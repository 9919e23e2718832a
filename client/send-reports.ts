import { setTimeout as sleep } from "node:timers/promises";
import type { SendProgress } from "../activities/campaign-ports.js";
import type { AnalyticsStore, SendAnalytics } from "../db/analytics.js";
import type { CsvCopy } from "../db/csv-copy.js";
import type { HeldRange, RecipientExporter } from "../db/recipient-export.js";
import type { SendOutcomeStore } from "../db/send-outcomes.js";
import type { Sends, SendSummary } from "../db/sends.js";
import type { SendOutcomes } from "../domain/send-outcomes.js";
import { WalkedPage } from "../domain/walked-page.js";
import { parseInput } from "./input.js";
import {
  recipientsExportSchema,
  recipientsSchema,
  sendRefSchema,
  type RecipientsExport,
  type RecipientsQuery,
  type SendRef,
} from "./campaign-input.js";
import type { CampaignWorkflow } from "./campaign-workflow.js";
import { createSendHolds, noneIfAway, type HeldRecipient, type SendHold } from "./send-holds.js";

export type { OutcomeReason, ProviderOutcome, SendOutcomes } from "../domain/send-outcomes.js";
export type { HeldRecipient, SendHold } from "./send-holds.js";

/** Answers "how far is it, who did not get it, and why". Read from the ledger, so they hold while no worker runs. */
export interface SendReports {
  /** Cheap: sums of batches, at most one batch behind. @throws NotFound */
  progress(send: SendRef): Promise<SendProgress>;
  /** Exact: every row of the ledger counted. @throws NotFound */
  status(send: SendRef): Promise<SendSummary>;
  /**
   * Waits until the send has ended, for as long as that takes, and returns its counted ledger.
   * @throws NotFound, Conflict when its workflow was terminated or failed.
   */
  wait(send: SendRef): Promise<SendSummary>;
  /** One page of the ledger by contact id; the next page begins `after` the last row's contact id. */
  recipients(query: RecipientsQuery): Promise<HeldRecipient[]>;
  /** One page of the next recipients; fewer when few of them are in the status, and `next` goes on. */
  walkRecipients(query: RecipientsQuery): Promise<WalkedPage<HeldRecipient>>;
  /** All of them as CSV, streamed. @throws NotFound; Unavailable when asked for what a limit holds while Temporal is away */
  exportRecipients(query: RecipientsExport): Promise<CsvCopy>;
  /** Which limits hold it back now. @throws NotFound, Unavailable */
  holds(send: SendRef): Promise<SendHold[]>;
  /** Opens, clicks and unsubscribes so far; recipients once the send has ended. @throws NotFound */
  analytics(send: SendRef): Promise<SendAnalytics>;
  /** By mailbox provider, and why it was not got; counted anew at most every five seconds. @throws NotFound */
  outcomes(send: SendRef): Promise<SendOutcomes>;
}

/** Between two looks at a send whose workflow is not known (yet, or no longer). */
const pollMs = 500;

export interface SendReportPorts {
  sends: Sends;
  analytics: Pick<AnalyticsStore, "loadAnalytics">;
  outcomes: SendOutcomeStore;
  exporter: RecipientExporter;
  workflow: Pick<CampaignWorkflow, "ended" | "holds">;
}

export function createSendReports({
  sends,
  exporter,
  analytics,
  outcomes,
  workflow,
}: SendReportPorts): SendReports {
  const holds = createSendHolds(sends, workflow);

  async function status(ref: SendRef): Promise<SendSummary> {
    const { tenantId, sendId } = parseInput(sendRefSchema, ref);
    return sends.loadSummary(tenantId, sendId);
  }

  /** A limit stands for the batches that it holds now. */
  async function chosen<Query extends { tenantId: string; sendId: string; heldBy?: string | undefined }>({
    heldBy,
    ...query
  }: Query): Promise<Omit<Query, "heldBy"> & { waitingIn?: HeldRange[] }> {
    if (heldBy === undefined) return query;
    return { ...query, waitingIn: await holds.batches(query.tenantId, query.sendId, heldBy) };
  }

  return {
    status,

    async progress(ref) {
      const { tenantId, sendId } = parseInput(sendRefSchema, ref);
      // Carries the tenant: progress of somebody else's send is not to be had.
      await sends.loadSend(tenantId, sendId);
      return sends.loadProgress(sendId);
    },

    async wait(ref) {
      const { tenantId, sendId } = parseInput(sendRefSchema, ref);
      for (;;) {
        const send = await sends.loadSend(tenantId, sendId);
        if (send.status === "completed" || send.status === "cancelled") return status({ tenantId, sendId });
        await workflow.ended(sendId);
        await sleep(pollMs);
      }
    },

    recipients: async (query) => {
      const { tenantId, sendId, ...page } = await chosen(parseInput(recipientsSchema, query));
      return holds.of(tenantId, sendId, await sends.listRecipients(tenantId, sendId, page));
    },

    walkRecipients: async (query) => {
      const { tenantId, sendId, ...page } = await chosen(parseInput(recipientsSchema, query));
      const { rows, next } = await sends.walkRecipients(tenantId, sendId, page);
      return new WalkedPage(await holds.of(tenantId, sendId, rows), next);
    },

    exportRecipients: async (query) => {
      const asked = await chosen(parseInput(recipientsExportSchema, query));
      const { tenantId, sendId } = asked;
      const held = asked.waitingIn ?? (await holds.batches(tenantId, sendId).catch(noneIfAway));
      return exporter.exportRecipients({ ...asked, held });
    },

    holds: async (ref) => {
      const { tenantId, sendId } = parseInput(sendRefSchema, ref);
      await sends.loadSend(tenantId, sendId);
      return holds.load(tenantId, sendId);
    },

    analytics: async (ref) => {
      const { tenantId, sendId } = parseInput(sendRefSchema, ref);
      return analytics.loadAnalytics(tenantId, sendId);
    },

    outcomes: async (ref) => {
      const { tenantId, sendId } = parseInput(sendRefSchema, ref);
      return outcomes.loadOutcomes(tenantId, sendId);
    },
  };
}
