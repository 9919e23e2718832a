import { z } from "zod";
import { campaignChangeSchema, campaignSchema, startSchema } from "../../client/campaign-input.js";
import { campaignRefSchema, campaignsSchema } from "../../client/campaigns.js";
import { lanes } from "../../domain/lanes.js";
import { campaignStatuses } from "../../domain/send-status.js";
import { operation } from "../operation.js";

const campaign = z.object({
  campaignId: z.string(),
  tenantId: z.string(),
  name: z.string(),
  status: z.enum(campaignStatuses),
  templateVersionId: z.string(),
  listId: z.string().nullable(),
  segmentId: z.string().nullable(),
  fromEmail: z.string(),
  fromName: z.string().nullable(),
  replyTo: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
  lane: z.enum(lanes),
  onUnknown: z.enum(["resend", "hold"]),
  onMissingVariable: z.enum(["empty", "refuse"]),
  trackOpens: z.boolean(),
  trackClicks: z.boolean(),
  createdAt: z.date(),
  updatedAt: z.date(),
});

const path = "/api/campaigns";
const common = { resource: "campaigns" } as const;

export const campaignOperations = [
  operation({
    ...common,
    ...{ id: "campaigns.create", method: "post", path, level: "write", status: 201 },
    summary: "Compose a campaign: a template, an audience, a sender; nothing is sent yet",
    input: campaignSchema,
    output: z.object({ campaignId: z.string() }),
    call: (floe, input) => floe.campaigns.create(input),
  }),
  operation({
    ...common,
    ...{ id: "campaigns.list", method: "get", path, level: "read" },
    summary: "Campaigns, newest first",
    input: campaignsSchema,
    output: campaign,
    page: { cursor: "campaignId", by: "before" },
    call: (floe, input) => floe.campaigns.list(input),
  }),
  operation({
    ...common,
    ...{ id: "campaigns.get", method: "get", path: `${path}/:campaign_id`, level: "read" },
    summary: "One campaign; its runs are sends",
    input: campaignRefSchema,
    output: campaign,
    call: (floe, input) => floe.campaigns.get(input),
  }),
  operation({
    ...common,
    ...{ id: "campaigns.update", method: "patch", path: `${path}/:campaign_id`, level: "write" },
    summary: "Change a campaign that was never started; what is not given stays, null clears",
    input: campaignChangeSchema,
    output: campaign,
    edits: "campaigns.get",
    call: (floe, input) => floe.campaigns.update(input),
  }),
  operation({
    ...common,
    ...{ id: "campaigns.remove", method: "delete", path: `${path}/:campaign_id`, level: "write" },
    summary: "Delete a campaign that was never started",
    input: campaignRefSchema,
    edits: "campaigns.get",
    call: (floe, input) => floe.campaigns.remove(input),
  }),
  operation({
    ...common,
    ...{
      id: "campaigns.start",
      method: "post",
      path: `${path}/:campaign_id/start`,
      level: "write",
      status: 202,
    },
    summary:
      "Start a run, at once, at an instant or at a local time; a second one of the same run key is the same send",
    input: startSchema,
    output: z.object({ sendId: z.string(), tenantId: z.string(), created: z.boolean() }),
    location: "/api/sends/:send_id",
    edits: "campaigns.get",
    limit: "email-sending",
    keepsKeys: true,
    call: (floe, input) => floe.campaigns.start(input),
  }),
];
