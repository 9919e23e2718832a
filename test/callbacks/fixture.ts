import type pg from "pg";
import { afterAll } from "vitest";
import type { CallbackProvider } from "../../domain/provider-reports.js";
import { request, runApi, tokens, type RunningApi } from "../api/fixture.js";
import { createSnapshottedSend, type TestSend } from "../db/factories.js";
import { mailgunEvent } from "./samples/mailgun.js";
import { postmarkBounce, postmarkRecord } from "./samples/postmark.js";
import { sendgridEvent } from "./samples/sendgrid.js";
import { sesBounce, sesComplaint, sesEvent } from "./samples/ses.js";
import {
  basicAuth,
  createSendgridSigner,
  signMailgun,
  signSns,
  topicArn,
  type SignedRequest,
} from "./signing.js";
import { startSnsServer, type SnsServer } from "./sns-server.js";

export const postmark = { user: "floe", password: "a password of the tests" };
export const mailgunKey = "key-of-the-tests";
export const apiToken = "a-token-of-the-tests";

/** The API with all four providers set up, and a way to tell it something as each of them does. */
export interface CallbackApi extends RunningApi {
  sns: SnsServer;
  sendgrid: Awaited<ReturnType<typeof createSendgridSigner>>;
  post(provider: string, request: SignedRequest): Promise<Response>;
  /** Signed as the provider signs. */
  sign(provider: CallbackProvider, payload: unknown): Promise<SignedRequest>;
}

export async function runCallbacks(databaseUrl: string): Promise<CallbackApi> {
  const [sns, sendgrid] = await Promise.all([startSnsServer(), createSendgridSigner()]);
  const callbacks = {
    sesTopicArns: [topicArn],
    sendgridKey: sendgrid.verificationKey,
    mailgunKey,
    postmark,
  };
  const running = await runApi(databaseUrl, { callbacks, apiToken }, { snsDocuments: sns.documents });
  afterAll(async () => {
    await running.api.close();
    await sns.close();
  });
  return {
    ...running,
    ...{ sns, sendgrid },
    post: (provider, { headers, body }) =>
      request(`${running.url}/callbacks/${provider}`, { method: "POST", headers, body }),
    async sign(provider, payload) {
      switch (provider) {
        case "ses":
          return signSns(sns.signer, { Message: JSON.stringify(payload) });
        case "sendgrid":
          return sendgrid.sign(JSON.stringify([payload]));
        case "mailgun":
          return signMailgun(mailgunKey, payload);
        case "postmark":
          return { headers: basicAuth(postmark.user, postmark.password), body: JSON.stringify(payload) };
      }
    },
  };
}

export type Told = "delivered" | "bounced" | "complained";

/** What each provider says of one message, once it is told. */
export function payloadOf(provider: CallbackProvider, told: Told, token: string): unknown {
  switch (provider) {
    case "ses":
      return sesPayload(told, token);
    case "sendgrid":
      return {
        delivered: () => sendgridEvent("delivered", {}, token),
        bounced: () => sendgridEvent("bounce", { reason: "550 5.1.1 user unknown", type: "bounce" }, token),
        complained: () => sendgridEvent("spamreport", {}, token),
      }[told]();
    case "mailgun":
      return {
        delivered: () => mailgunEvent("delivered", {}, token),
        bounced: () =>
          mailgunEvent(
            "failed",
            { severity: "permanent", "delivery-status": { code: 550, message: "5.1.1 user unknown" } },
            token,
          ),
        complained: () => mailgunEvent("complained", {}, token),
      }[told]();
    case "postmark":
      return {
        delivered: () => postmarkRecord("Delivery", { DeliveredAt: "2019-11-05T16:33:54.9070259Z" }, token),
        bounced: () => postmarkBounce("HardBounce", "smtp;550 5.1.1 user unknown", token),
        complained: () => ({ ...postmarkBounce("SpamComplaint", "", token), RecordType: "SpamComplaint" }),
      }[told]();
  }
}

let feedbacks = 0;

function sesPayload(told: Told, token: string): unknown {
  feedbacks += 1;
  const feedbackId = `feedback-${process.pid}-${feedbacks}`;
  switch (told) {
    case "delivered":
      return sesEvent("Delivery", { delivery: { timestamp: "2016-10-19T23:21:04.133Z" } }, token);
    case "bounced":
      return sesEvent("Bounce", { bounce: { ...sesBounce(), feedbackId } }, token);
    case "complained":
      return sesEvent("Complaint", { complaint: { ...sesComplaint, feedbackId } }, token);
  }
}

/** A send to one recipient, and the token that its messages bear. */
export async function createRecipient(pool: pg.Pool): Promise<{ send: TestSend; token: string }> {
  const send = await createSnapshottedSend(pool, 1);
  return { send, token: tokens.recipientToken(send.sendId, send.contactIds[0] ?? "") };
}

/** All that callbacks can change of a send; equal states are equal values. */
export async function stateOf(pool: pg.Pool, { sendId, tenantId }: TestSend) {
  const rows = async (sql: string, value: string) => (await pool.query(sql, [value])).rows as unknown[];
  return {
    events: await rows("select kind, url from email_events where send_id = $1 order by kind, url", sendId),
    suppressions: await rows(
      "select value, reason from suppressions where tenant_id = $1 order by value",
      tenantId,
    ),
    reports: await rows(
      `select kind, bounce_class, enhanced_code, source, result from inbound_reports where tenant_id = $1
       order by kind, report_id`,
      tenantId,
    ),
    counts: await rows(
      "select opens, unique_opens, clicks, unsubscribes, returned, delivered from campaign_analytics where send_id = $1",
      sendId,
    ),
  };
}
