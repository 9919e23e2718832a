import { z } from "zod";
import { startSchema } from "../../client/campaign-input.js";
import { campaignRefSchema, type CampaignRef } from "../../client/campaigns.js";
import type { FloeCalls } from "../../client/assemble.js";
import { parseInput } from "../../client/input.js";
import { sendToSchema } from "../../client/recipient-sends.js";
import { NotFound } from "../../domain/errors.js";
import { sendStatuses } from "../../domain/send-status.js";
import { withNames } from "../operation-names.js";
import { operation } from "../operation.js";

const { user, campaignId, runKey } = startSchema.shape;
const { recipients, template, sender, key, name, tenantId, at, perSecond } = sendToSchema.shape;

/** Of a campaign that stands, or of what comes with the request: the two have these fields between them. */
const startFields = z.strictObject({
  ...{ tenantId, userId: user, at, perSecond, runKey, name, idempotencyKey: key },
  ...z.object({ campaignId, recipients, template, sender }).partial().shape,
});
const names = { user: "userId", key: "idempotencyKey" };

const standing = z.object({
  tenantId: z.string(),
  campaignId: z.string(),
  sendId: z.string(),
  status: z.enum(sendStatuses),
  recipients: z.number(),
  sent: z.number(),
  failed: z.number(),
  deferred: z.number(),
  /** Everybody of the audience is counted. */
  complete: z.boolean(),
  scheduledAt: z.date().nullable(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
});

const path = "/api/queue/campaigns/send";
const common = { resource: "campaigns", path } as const;

/** One path for those who think of a campaign's send as a job of a queue: put it in, look at it, take it out. */
export const campaignQueueOperations = [
  operation({
    ...common,
    ...{ id: "campaign_queue.send", method: "post", level: "write", status: 202 },
    summary:
      "Start a send of a campaign, or of recipients, a template and a sender that come with the request",
    input: startFields,
    output: z.object({
      tenantId: z.string(),
      campaignId: z.string(),
      sendId: z.string(),
      created: z.boolean(),
    }),
    location: "/api/sends/:send_id",
    limit: "email-sending",
    keepsKeys: true,
    // Ten thousand recipients with some attributes each.
    largestBody: 16 * 1024 * 1024,
    call: (floe, input, { idempotencyKey }) => start(floe, input, idempotencyKey),
  }),
  operation({
    ...common,
    ...{ id: "campaign_queue.get", method: "get", level: "read" },
    summary: "How the latest send of a campaign stands",
    input: campaignRefSchema,
    output: standing,
    call: async (floe, input) => {
      const send = await latestSend(floe, input);
      const { status, snapshotDone, ...figures } = await floe.campaigns.progress(send);
      return { ...send, ...figures, status, complete: snapshotDone };
    },
  }),
  operation({
    ...common,
    ...{
      id: "campaign_queue.cancel",
      method: "delete",
      level: "write",
      status: 202,
      edits: "campaign_queue.get",
    },
    summary: "Cancel the latest send of a campaign",
    input: campaignRefSchema,
    output: z.object({ campaignId: z.string(), sendId: z.string(), cancelling: z.boolean() }),
    call: async (floe, input) => {
      const { tenantId, campaignId, sendId } = await latestSend(floe, input);
      await floe.campaigns.cancel({ tenantId, sendId });
      return { campaignId, sendId, cancelling: true };
    },
  }),
];

type Start = z.input<typeof startFields>;

/** A body that names a campaign starts that one; what does not belong to it is refused by the SDK, field by field. */
async function start({ campaigns }: FloeCalls, input: Start, headerKey: string | undefined) {
  const { userId, idempotencyKey, ...rest } = input;
  const asked = { ...rest, ...(userId !== undefined && { user: userId }) };
  const { campaignId } = asked;
  return withNames(names, async () => {
    if (campaignId !== undefined) {
      const run = { ...asked, ...(idempotencyKey !== undefined && { key: idempotencyKey }) };
      return { ...(await campaigns.start({ ...run, campaignId })), campaignId };
    }
    const chosenKey = idempotencyKey ?? headerKey;
    const request = { ...asked, ...(chosenKey !== undefined && { key: chosenKey }) };
    return campaigns.sendTo(request as z.input<typeof sendToSchema>);
  });
}

async function latestSend({ campaigns }: FloeCalls, ref: CampaignRef) {
  const of = parseInput(campaignRefSchema, ref);
  const [send] = await campaigns.sends({ ...of, limit: 1 });
  if (!send) throw new NotFound("send of campaign", of.campaignId);
  return send;
}
