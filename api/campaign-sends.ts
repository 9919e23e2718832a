import express, { Router } from "express";
import type { Campaigns } from "../client/campaigns.js";
import type { StartInput } from "../client/campaign-input.js";
import type { RateLimits } from "../client/rate-limits.js";
import type { RecipientSends, SendToInput } from "../client/recipient-sends.js";
import type { Send } from "../db/sends.js";
import { NotFound } from "../domain/errors.js";
import { admit } from "./admission.js";
import { bearer } from "./bearer.js";
import { readNames, withNames } from "./json-names.js";

export interface CampaignSendRoutePorts {
  campaigns: Pick<Campaigns, "start" | "sends" | "progress" | "cancel"> & RecipientSends;
  rateLimits: Pick<RateLimits, "check">;
  apiToken: string | undefined;
}

const path = "/api/queue/campaigns/send";
const when = { tenant_id: "tenantId", user_id: "user", at: "at", per_second: "perSecond" };
const startNames = { ...when, campaign_id: "campaignId", run_key: "runKey" };
const sendToNames = {
  ...when,
  ...{
    name: "name",
    recipients: "recipients",
    template: "template",
    sender: "sender",
    idempotency_key: "key",
  },
};
const recipientNames = {
  ...{ id: "id", email: "email", name: "name", first_name: "firstName", last_name: "lastName" },
  ...{ time_zone: "timeZone", attributes: "attributes" },
};
const queryNames = { tenant_id: "tenantId", campaign_id: "campaignId" };

/** Ten thousand recipients with some attributes each. */
const largestBody = "16mb";

/**
 * Sends of campaigns over HTTP: `POST` (start one of a campaign, or of recipients, template and sender that come with the
 * request), `GET ?campaign_id=` (how its latest send stands) and `DELETE ?campaign_id=` (cancel that) of
 * `/api/queue/campaigns/send`. Starts are counted by the rate limit `email-sending`.
 */
export function createCampaignSendRoutes(ports: CampaignSendRoutePorts): Router {
  const { campaigns, rateLimits, apiToken } = ports;
  const router = Router();
  router.use(path, bearer(apiToken));

  router.post(path, express.json({ limit: largestBody }), async (request, response) => {
    const start = readStart(request.body, campaigns);
    const { tenantId, user } = start.request;
    await admit(rateLimits, response, { limit: "email-sending", tenantId, user });
    const { campaignId, ...sent } = await start.run();
    response
      .status(sent.created ? 202 : 200)
      .location(`${path}?tenant_id=${sent.tenantId}&campaign_id=${campaignId}`)
      .json({
        ...{ tenant_id: sent.tenantId, campaign_id: campaignId },
        ...{ send_id: sent.sendId, created: sent.created },
      });
  });

  router.get(path, async (request, response) => {
    const send = await latestSend(campaigns, request.query);
    const progress = await campaigns.progress({ tenantId: send.tenantId, sendId: send.sendId });
    response.json({
      ...{ tenant_id: send.tenantId, campaign_id: send.campaignId, send_id: send.sendId },
      ...{ status: progress.status, recipients: progress.recipients, sent: progress.sent },
      ...{ failed: progress.failed, deferred: progress.deferred, complete: progress.snapshotDone },
      ...{ scheduled_at: send.scheduledAt, started_at: send.startedAt, finished_at: send.finishedAt },
    });
  });

  router.delete(path, async (request, response) => {
    const { tenantId, sendId, campaignId } = await latestSend(campaigns, request.query);
    await campaigns.cancel({ tenantId, sendId });
    response.status(202).json({ campaign_id: campaignId, send_id: sendId, cancelling: true });
  });
  return router;
}

interface Start {
  request: Record<string, unknown>;
  run: () => Promise<{ tenantId: string; campaignId: string; sendId: string; created: boolean }>;
}

/** A body that names a campaign starts that one. What the caller sent is checked by the SDK, field by field. */
function readStart(body: unknown, campaigns: CampaignSendRoutePorts["campaigns"]): Start {
  if (typeof body === "object" && body !== null && "campaign_id" in body) {
    const request = readNames(body, startNames);
    return {
      request,
      run: async () => {
        const sent = await withNames(startNames, () => campaigns.start(request as StartInput));
        return { ...sent, campaignId: String(request.campaignId) };
      },
    };
  }
  const { recipients, ...rest } = readNames(body, sendToNames);
  const request = {
    ...rest,
    recipients: Array.isArray(recipients) ? recipients.map(readRecipient) : recipients,
  };
  return {
    request: rest,
    run: () =>
      withNames({ ...recipientNames, ...sendToNames }, () => campaigns.sendTo(request as SendToInput)),
  };
}

/** What is no object stays as it is: the SDK says where it stands. */
function readRecipient(recipient: unknown): unknown {
  if (typeof recipient !== "object" || recipient === null) return recipient;
  const names = new Map(Object.entries(recipientNames));
  return Object.fromEntries(
    Object.entries(recipient).map(([name, value]) => [names.get(name) ?? name, value as unknown]),
  );
}

async function latestSend(campaigns: Pick<Campaigns, "sends">, query: unknown): Promise<Send> {
  const { tenantId, campaignId } = readNames(query, queryNames) as { tenantId: string; campaignId: string };
  const of = { tenantId, campaignId: campaignId ?? "" };
  const [send] = await withNames(queryNames, () => campaigns.sends({ ...of, limit: 1 }));
  if (!send) throw new NotFound("send of campaign", of.campaignId);
  return send;
}
