import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CallbackProvider } from "../../domain/provider-reports.js";
import type { CallbackReading } from "../../mail/callbacks/callback.js";
import { createCallbacks, findRecipient, type Callbacks } from "../../mail/callbacks/callbacks.js";
import { markName } from "../../mail/callbacks/marks.js";
import { createMessageId } from "../../mail/message-id.js";
import { createReturnPaths } from "../../mail/return-path.js";
import { createTokens } from "../../mail/tracking-token.js";
import { mailgunEvent, mailgunSamples } from "./samples/mailgun.js";
import { postmarkRecord, postmarkSamples } from "./samples/postmark.js";
import type { CallbackSample } from "./samples/sample.js";
import { sendgridEvent, sendgridSamples } from "./samples/sendgrid.js";
import { sesEvent, sesMail, sesSamples } from "./samples/ses.js";
import {
  basicAuth,
  createSendgridSigner,
  signMailgun,
  signSns,
  topicArn,
  type SignedRequest,
} from "./signing.js";
import { startSnsServer, type SnsServer } from "./sns-server.js";

const postmark = { user: "floe", password: "a password of the tests" };
const mailgunKey = "key-of-the-tests";
let sns: SnsServer;
let callbacks: Callbacks;
let sign: Record<CallbackProvider, (payload: unknown) => Promise<SignedRequest> | SignedRequest>;

beforeAll(async () => {
  const [server, sendgrid] = await Promise.all([startSnsServer(), createSendgridSigner()]);
  sns = server;
  const settings = { sesTopicArns: [topicArn], sendgridKey: sendgrid.verificationKey, mailgunKey, postmark };
  callbacks = createCallbacks(settings, sns.documents);
  sign = {
    ses: (payload) => signSns(sns.signer, { Message: JSON.stringify(payload) }),
    sendgrid: (payload) => sendgrid.sign(JSON.stringify([payload])),
    mailgun: (payload) => signMailgun(mailgunKey, payload),
    postmark: (payload) => ({
      headers: basicAuth(postmark.user, postmark.password),
      body: JSON.stringify(payload),
    }),
  };
});
afterAll(() => sns.close());

async function read(provider: CallbackProvider, payload: unknown): Promise<CallbackReading | undefined> {
  const { headers, body } = await sign[provider](payload);
  return callbacks[provider]?.read({ headers, body: Buffer.from(body) });
}

async function reportOf(provider: CallbackProvider, payload: unknown) {
  const reading = await read(provider, payload);
  if (reading?.kind !== "proven") throw new Error(reading?.why);
  const [report] = reading.reports;
  if (!report) throw new Error("Nothing was reported.");
  return report;
}

const samples: Record<CallbackProvider, CallbackSample[]> = {
  ses: sesSamples,
  sendgrid: sendgridSamples,
  mailgun: mailgunSamples,
  postmark: postmarkSamples,
};

describe.each(Object.keys(samples) as CallbackProvider[])("an event of %s", (provider) => {
  test.each(samples[provider])("$name is understood", async ({ payload, event }) => {
    const report = await reportOf(provider, payload);
    expect(report.event).toMatchObject(event);
    // Told once more, it has the same name; no address is kept.
    if (provider !== "ses") expect((await reportOf(provider, payload)).eventId).toBe(report.eventId);
    expect(JSON.stringify(report.event)).not.toContain("@");
    expect(report.occurredAt.getTime()).toBeLessThan(Date.now());
  });
});

const secret = "a secret of these tests";
const keys = { tokens: createTokens(secret), returnPaths: createReturnPaths(secret) };
const recipient = { sendId: randomUUID(), contactId: "42" };
const token = keys.tokens.recipientToken(recipient.sendId, recipient.contactId);

describe("the recipient", () => {
  const marked: [CallbackProvider, unknown][] = [
    ["ses", sesEvent("Delivery", {}, token)],
    ["sendgrid", sendgridEvent("delivered", {}, token)],
    ["mailgun", mailgunEvent("delivered", {}, token)],
    ["postmark", postmarkRecord("Delivery", { DeliveredAt: "2019-11-05T16:33:54.9070259Z" }, token)],
  ];
  test.each(marked)("of %s is known by the mark that it hands back", async (provider, payload) => {
    expect(findRecipient((await reportOf(provider, payload)).handedBack, keys)).toEqual(recipient);
  });

  test("of SES is known by our return path, which is the source, and by our link in what it returns", async () => {
    const source = keys.returnPaths.address(recipient, "example.com");
    const link = { name: "List-Unsubscribe", value: `<https://news.example.com/u/${token}>` };
    for (const over of [{ source }, { headers: [link] }]) {
      const { handedBack } = await reportOf("ses", {
        ...sesEvent("Delivery"),
        mail: sesMail(undefined, over),
      });
      expect(findRecipient(handedBack, keys)).toEqual(recipient);
    }
  });

  test("of Mailgun is known by our return path, which is the envelope's sender", async () => {
    const sender = keys.returnPaths.address(recipient, "example.com");
    const { handedBack } = await reportOf("mailgun", mailgunEvent("delivered", { envelope: { sender } }));
    expect(findRecipient(handedBack, keys)).toEqual(recipient);
  });

  test("of SendGrid and Mailgun is known by our Message-ID, but of a single email it does not say which", async () => {
    const id = createMessageId(keys.tokens, recipient, "example.com");
    const sendgrid = await reportOf("sendgrid", sendgridEvent("delivered", { "smtp-id": id }));
    expect(findRecipient(sendgrid.handedBack, keys)).toEqual(recipient);
    const message = { headers: { "message-id": id.slice(1, -1) } };
    const mailgun = await reportOf("mailgun", mailgunEvent("delivered", { message }));
    expect(findRecipient(mailgun.handedBack, keys)).toEqual(recipient);
    const single = createMessageId(keys.tokens, { ...recipient, contactId: null }, "example.com");
    expect(findRecipient([single], keys)).toBeNull();
  });

  test("is nobody when the mark is forged", async () => {
    const forged = createTokens("another secret").recipientToken(recipient.sendId, recipient.contactId);
    const report = await reportOf("sendgrid", sendgridEvent("delivered", { [markName]: forged }));
    expect(findRecipient(report.handedBack, keys)).toBeNull();
  });
});
