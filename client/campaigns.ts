import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type { Campaign, CampaignStore } from "../db/campaigns.js";
import type { Send } from "../db/sends.js";
import { campaignStatuses } from "../domain/send-status.js";
import {
  campaignChangeSchema,
  campaignSchema,
  startSchema,
  type CampaignChangeInput,
  type CampaignInput,
  type StartInput,
} from "./campaign-input.js";
import type { CampaignWorkflow } from "./campaign-workflow.js";
import { pageSizeSchema, parseInput, tenantIdSchema, uuidSchema } from "./input.js";
import { createSendReports, type SendReportPorts, type SendReports } from "./send-reports.js";
import { createSendSteering, type SendSteering } from "./send-steering.js";

export interface Campaigns extends SendSteering, SendReports {
  /**
   * Composes a campaign: a template, an audience (a list or a segment), a sender. Nothing is sent yet.
   * @throws InvalidInput, NotFound (tenant, template, list or segment)
   */
  create(campaign: CampaignInput): Promise<{ campaignId: string }>;
  /**
   * Changes a campaign that was never started; what is not given stays, and a template's name means its latest version.
   * @throws InvalidInput, NotFound, Conflict once it was started
   */
  update(change: CampaignChangeInput): Promise<Campaign>;
  /** Deletes a campaign that was never started. @throws NotFound, Conflict once it was started */
  remove(ref: CampaignRef): Promise<void>;
  /**
   * Starts a run of a campaign, at once, at an instant, or at a local time. Repeating it with the same run key is the same
   * send and no second mail; if an earlier call died half-way, this one finishes it.
   * @throws InvalidInput, NotFound
   */
  start(run: StartInput): Promise<{ tenantId: string; sendId: string; created: boolean }>;
  /** @throws NotFound */
  get(ref: CampaignRef): Promise<Campaign>;
  /** Newest first; `before` is the last campaign id of the page before. */
  list(query: CampaignsQuery): Promise<Campaign[]>;
  /** Runs of a tenant's campaigns, or of one of them, newest first; `before` is the last send id of the page before. */
  sends(query: SendsQuery): Promise<Send[]>;
}

export const campaignRefSchema = z.strictObject({ tenantId: tenantIdSchema, campaignId: uuidSchema });
export type CampaignRef = z.input<typeof campaignRefSchema>;

export const campaignsSchema = z.strictObject({
  tenantId: tenantIdSchema,
  status: z.enum(campaignStatuses, `is not a status; one of ${campaignStatuses.join(", ")}`).optional(),
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type CampaignsQuery = z.input<typeof campaignsSchema>;

export const sendsSchema = z.strictObject({
  tenantId: tenantIdSchema,
  campaignId: uuidSchema.optional(),
  before: uuidSchema.optional(),
  limit: pageSizeSchema,
});
export type SendsQuery = z.input<typeof sendsSchema>;

export interface CampaignPorts extends SendReportPorts {
  catalog: CampaignStore;
  workflow: CampaignWorkflow;
}

export function createCampaigns(ports: CampaignPorts): Campaigns {
  const { catalog, sends, workflow } = ports;
  return {
    ...createSendSteering(sends, workflow),
    ...createSendReports(ports),

    create: async (campaign) => catalog.createCampaign(parseInput(campaignSchema, campaign)),

    update: async (change) => catalog.updateCampaign(parseInput(campaignChangeSchema, change)),

    remove: async (ref) => catalog.removeCampaign(parseInput(campaignRefSchema, ref)),

    async start(run) {
      const { tenantId, campaignId, runKey, ...when } = parseInput(startSchema, run);
      // The row first: it decides which send this is. The workflow only starts if none of that id runs.
      const { sendId, created } = await sends.createSend({
        tenantId,
        campaignId,
        runKey,
        sendId: uuidv7(),
        scheduledAt: when.at ?? null,
        localStart: when.localTime ?? null,
        timeZone: when.timeZone ?? "UTC",
        perSecond: when.perSecond ?? null,
        user: when.user ?? null,
        onLate: when.onLate,
        ...(when.lateAfter !== undefined && { lateAfterMs: when.lateAfter }),
      });
      const send = await sends.loadSend(tenantId, sendId);
      const ended = send.status === "completed" || send.status === "cancelled";
      if (!ended) await workflow.start(send);
      return { tenantId, sendId, created };
    },

    get: async (ref) => {
      const { tenantId, campaignId } = parseInput(campaignRefSchema, ref);
      return catalog.loadCampaign(tenantId, campaignId);
    },

    list: async (query) => {
      const { tenantId, ...page } = parseInput(campaignsSchema, query);
      return catalog.listCampaigns(tenantId, page);
    },

    sends: async (query) => {
      const { tenantId, ...page } = parseInput(sendsSchema, query);
      return sends.listSends(tenantId, page);
    },
  };
}
