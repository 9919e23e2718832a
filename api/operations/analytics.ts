import { z } from "zod";
import { campaignAnalyticsSchema, daysSchema } from "../../client/analytics.js";
import { sendRefSchema } from "../../client/campaign-input.js";
import { operation } from "../operation.js";

const counts = z.object({
  recipients: z.number(),
  sent: z.number(),
  bounced: z.number(),
  dead: z.number(),
  suppressed: z.number(),
  returned: z.number(),
  opens: z.number(),
  uniqueOpens: z.number(),
  clicks: z.number(),
  uniqueClicks: z.number(),
  unsubscribes: z.number(),
});
const day = z.object({ day: z.string(), ...counts.shape, complaints: z.number() });
export const sendAnalytics = z.object({
  sendId: z.string(),
  ...counts.shape,
  cancelled: z.number(),
  unknown: z.number(),
  possibleDuplicates: z.number(),
});

const path = "/api/analytics";
const look = { resource: "analytics", level: "read", method: "get" } as const;

export const analyticsOperations = [
  operation({
    ...look,
    ...{ id: "analytics.daily", path: `${path}/daily`, isList: true },
    summary:
      "What happened by day (UTC), to all that the tenant sends or to one campaign; written each night",
    input: daysSchema,
    output: day,
    call: (floe, input) => floe.analytics.daily(input),
  }),
  operation({
    ...look,
    ...{ id: "analytics.campaign", path: `${path}/campaigns/:campaign_id`, isList: true },
    summary: "What became of each send of a campaign, newest first",
    input: campaignAnalyticsSchema,
    output: sendAnalytics,
    call: (floe, input) => floe.analytics.campaign(input),
  }),
  operation({
    ...look,
    ...{ id: "analytics.send", path: `${path}/sends/:send_id` },
    summary: "What became of one send so far",
    input: sendRefSchema,
    output: sendAnalytics,
    call: (floe, input) => floe.analytics.send(input),
  }),
];
