import type pg from "pg";
import { pino, type Logger } from "pino";
import { v7 as uuidv7 } from "uuid";
import { startApi, type Api, type ApiConfig, type ApiParts } from "../../api/server.js";
import { createCampaignStore } from "../../db/campaigns.js";
import { createContactStore } from "../../db/contacts.js";
import { createListStore } from "../../db/lists.js";
import { createSendStore } from "../../db/send-store.js";
import { createSends } from "../../db/sends.js";
import { createTemplateStore } from "../../db/templates.js";
import { createTenantStore } from "../../db/tenants.js";
import { defaultRateLimits } from "../../domain/rate-limits.js";
import { defaultSoftBounces } from "../../domain/soft-bounces.js";
import { defaultWebhookPorts } from "../../domain/webhook-url.js";
import { keysOf, testKeys } from "../support/keys.js";
import { createTokens } from "../../mail/tracking-token.js";

export const secret = "a secret of sixteen and more";
export const tokens = createTokens(secret);
export const quiet = pino({ level: "silent" });

export interface TrackedRecipient {
  tenantId: string;
  sendId: string;
  contactId: string;
  email: string;
  token: string;
}

/** A send of a campaign with two static links, and one recipient of it in the ledger. */
export async function trackedRecipient(
  pool: pg.Pool,
  links = ["https://shop.example/sale?x=1&y=%20z", "https://shop.example/help"],
): Promise<TrackedRecipient> {
  const tenantId = `t${uuidv7().slice(-12)}`;
  const email = `person@${tenantId}.example`;
  await createTenantStore(pool).createTenant({ tenantId, name: tenantId, providerChoice: "auto" });
  await createListStore(pool).createList({ tenantId, name: "all" });
  const contact = {
    email,
    domain: `${tenantId}.example`,
    firstName: null,
    lastName: null,
    name: null,
    timeZone: null,
  };
  await createContactStore(pool).upsertContacts(tenantId, [{ ...contact, attributes: {} }], "all");
  const content = { subject: "Hello", preheader: null, html: "<p>Hello</p>", text: "Hello", links };
  await createTemplateStore(pool).saveTemplate({ tenantId, name: "hello", ...content });
  const { campaignId } = await createCampaignStore(pool).createCampaign({
    tenantId,
    name: "Hello",
    template: "hello",
    list: "all",
    fromEmail: "hello@shop.example",
  });
  const sends = createSends(pool);
  const { sendId } = await sends.createSend({ tenantId, campaignId, sendId: uuidv7(), timeZone: "UTC" });
  await createSendStore(pool).snapshotPage(sendId, { contacts: 10, batchSize: 10 });
  const [recipient] = await sends.listRecipients(tenantId, sendId, { limit: 1 });
  const contactId = recipient?.contactId ?? "";
  return { tenantId, sendId, contactId, email, token: tokens.recipientToken(sendId, contactId) };
}

export interface RunningApi {
  api: Api;
  url: string;
}

/** Tracking needs neither Temporal nor Redis; sending and limiting do. */
export async function runApi(
  databaseUrl: string,
  over: Partial<Omit<ApiConfig, "databaseUrl">> = {},
  { log = quiet, ...parts }: ApiParts & { log?: Logger } = {},
): Promise<RunningApi> {
  const temporal = { address: "127.0.0.1:1", namespace: "default", ...over.temporal };
  const config = {
    ...{ databaseUrl, redisUrl: "redis://127.0.0.1:1", secret, apiPort: 0, shutdownGraceMs: 5_000 },
    ...{
      rateLimitEnabled: true,
      rateLimits: defaultRateLimits,
      publicUrl: "http://localhost",
      trustedProxies: 1,
      timeZone: "UTC",
      dataFolder: "/nonexistent",
      importMaxBytes: 1e9,
      webhookPorts: defaultWebhookPorts,
      encryptionKeys: keysOf(testKeys),
      softBounces: defaultSoftBounces,
      ...over,
      temporal,
    },
  };
  const api = await startApi(config, log, parts);
  return { api, url: `http://127.0.0.1:${api.port}` };
}

/** Never follows: where a link leads is what is looked at. */
export function request(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { redirect: "manual", ...init });
}
