import { afterEach, describe, expect, test } from "vitest";
import type { CallbackProvider } from "../../domain/provider-reports.js";
import { testDatabase } from "../setup/stack.js";
import { createRecipient, mailgunKey, payloadOf, postmark, runCallbacks, stateOf } from "./fixture.js";
import { mailgunEvent } from "./samples/mailgun.js";
import { sendgridEvent } from "./samples/sendgrid.js";
import {
  basicAuth,
  createSendgridSigner,
  nowSeconds,
  signMailgun,
  signSns,
  snsHost,
  topicArn,
  type SignedRequest,
  type SnsMessage,
} from "./signing.js";

const { pool, databaseUrl } = await testDatabase();
const api = await runCallbacks(databaseUrl);
const day = 86_400;

afterEach(() => api.sns.answer(200));

/** Asks, and shows that nothing was changed. */
async function refusalOf(provider: CallbackProvider, make: (bounce: unknown) => Promise<SignedRequest>) {
  const { send, token } = await createRecipient(pool);
  const before = await stateOf(pool, send);
  const response = await api.post(provider, await make(payloadOf(provider, "bounced", token)));
  const { detail } = (await response.json()) as { detail: string };
  expect(await stateOf(pool, send)).toEqual(before);
  return { status: response.status, detail };
}

const changed = ({ headers, body }: SignedRequest): SignedRequest => ({
  headers,
  body: body.replace("5.1.1", "5.1.2"),
});

describe("SendGrid is refused with", () => {
  const sign = (bounce: unknown, seconds?: number) => api.sendgrid.sign(JSON.stringify([bounce]), seconds);

  test("another key's signature, a changed body, or a changed time", async () => {
    const other = await createSendgridSigner();
    const wrong = { status: 401, detail: "Its signature is wrong." };
    expect(await refusalOf("sendgrid", (bounce) => other.sign(JSON.stringify([bounce])))).toEqual(wrong);
    expect(await refusalOf("sendgrid", async (bounce) => changed(await sign(bounce)))).toEqual(wrong);
    expect(
      await refusalOf("sendgrid", async (bounce) => {
        const { headers, body } = await sign(bounce);
        return {
          headers: { ...headers, "x-twilio-email-event-webhook-timestamp": `${nowSeconds() - 1}` },
          body,
        };
      }),
    ).toEqual(wrong);
  });

  test("an old time, one ahead of ours, or no signature", async () => {
    const old = { status: 401, detail: "Its signed time is too old, or ahead of ours." };
    expect(await refusalOf("sendgrid", (bounce) => sign(bounce, nowSeconds() - 2 * day))).toEqual(old);
    expect(await refusalOf("sendgrid", (bounce) => sign(bounce, nowSeconds() + day))).toEqual(old);
    expect(
      await refusalOf("sendgrid", async (bounce) => ({ headers: {}, body: JSON.stringify([bounce]) })),
    ).toMatchObject({ status: 401, detail: expect.stringContaining("not signed") as string });
  });

  test("a list whose event lacks what it must have, named by its path, and none of it is followed", async () => {
    const refusal = await refusalOf("sendgrid", async (bounce) =>
      api.sendgrid.sign(JSON.stringify([bounce, { event: "open", timestamp: "soon" }])),
    );
    expect(refusal).toEqual({ status: 422, detail: "body.1.timestamp: must be seconds since 1970" });
    expect(await refusalOf("sendgrid", () => api.sendgrid.sign("[{"))).toMatchObject({ status: 422 });
  });
});

describe("Mailgun is refused with", () => {
  test("another key's signature, or an old time", async () => {
    expect(await refusalOf("mailgun", (bounce) => signMailgun("another key", bounce))).toEqual({
      status: 401,
      detail: "Its signature is wrong.",
    });
    const old = await refusalOf("mailgun", (bounce) =>
      signMailgun(mailgunKey, bounce, { seconds: nowSeconds() - day }),
    );
    expect(old).toEqual({ status: 401, detail: "Its signed time is too old, or ahead of ours." });
  });

  test("a token that was shown with another event; the same request again is a repetition", async () => {
    const first = await createRecipient(pool);
    const genuine = await signMailgun(mailgunKey, mailgunEvent("delivered", {}, first.token));
    expect((await api.post("mailgun", genuine)).status).toBe(204);
    expect((await api.post("mailgun", genuine)).status).toBe(204);
    const { signature } = JSON.parse(genuine.body) as { signature: unknown };
    const replayed = await refusalOf("mailgun", async (bounce) => ({
      headers: {},
      body: JSON.stringify({ signature, "event-data": bounce }),
    }));
    expect(replayed).toEqual({ status: 401, detail: "Its token was shown with another event before." });
  });
});

test("Postmark is refused with wrong credentials, or none", async () => {
  const bodies = [basicAuth(postmark.user, "another"), basicAuth("another", postmark.password), {}];
  for (const headers of bodies) {
    const refusal = await refusalOf("postmark", async (bounce) => ({
      headers,
      body: JSON.stringify(bounce),
    }));
    expect(refusal).toMatchObject({
      status: 401,
      detail: expect.stringContaining("user and password") as string,
    });
  }
});

describe("Amazon SES", () => {
  const envelope = (over: Partial<SnsMessage> = {}, signer = api.sns.signer) => {
    return (bounce: unknown) => signSns(signer, { Message: JSON.stringify(bounce), ...over });
  };

  test("is believed in both versions of the signature; the certificate is fetched once", async () => {
    for (const SignatureVersion of ["1", "2"]) {
      const { send, token } = await createRecipient(pool);
      const signed = await envelope({ SignatureVersion })(payloadOf("ses", "bounced", token));
      expect((await api.post("ses", signed)).status).toBe(204);
      expect((await stateOf(pool, send)).suppressions).toMatchObject([{ reason: "bounced" }]);
    }
    expect(api.sns.asked).toEqual([api.sns.signer.certificatePath]);
  });

  test("is refused when the body was changed, the signature is of another version, or the time is old", async () => {
    const wrong = { status: 401, detail: "Its signature is wrong." };
    expect(await refusalOf("ses", async (bounce) => changed(await envelope()(bounce)))).toEqual(wrong);
    const other = async (bounce: unknown) => {
      const { headers, body } = await envelope({ SignatureVersion: "1" })(bounce);
      return { headers, body: body.replace('"SignatureVersion":"1"', '"SignatureVersion":"2"') };
    };
    expect(await refusalOf("ses", other)).toEqual(wrong);
    const Timestamp = new Date(Date.now() - day * 1_000).toISOString();
    expect(await refusalOf("ses", envelope({ Timestamp }))).toMatchObject({ status: 401 });
  });

  test("is refused for a topic that is not ours, before anything is fetched", async () => {
    const before = api.sns.asked.length;
    const TopicArn = "arn:aws:sns:us-east-1:999999999999:somebody-else";
    expect(await refusalOf("ses", envelope({ TopicArn }))).toEqual({
      status: 401,
      detail: "Its topic is not one of SES_TOPIC_ARNS.",
    });
    expect(api.sns.asked).toHaveLength(before);
  });

  test.each([
    [
      "another host",
      "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-11111111.pem",
    ],
    [
      "a host of another service",
      "https://s3.us-east-1.amazonaws.com/SimpleNotificationService-11111111.pem",
    ],
    ["no encryption", `http://${snsHost}/SimpleNotificationService-11111111.pem`],
    ["another port", `https://${snsHost}:8443/SimpleNotificationService-11111111.pem`],
    ["credentials", `https://user:word@${snsHost}/SimpleNotificationService-11111111.pem`],
    ["another path", `https://${snsHost}/?Action=GetEndpointAttributes`],
    ["a path out of the folder", `https://${snsHost}/a/../x/SimpleNotificationService-11111111.pem`],
    ["no URL", "certificate.pem"],
  ])(
    "is refused when its certificate's URL has %s, and nothing is fetched",
    async (_what, SigningCertURL) => {
      const before = api.sns.asked.length;
      expect(await refusalOf("ses", envelope({ SigningCertURL }))).toEqual({
        status: 401,
        detail: "Its certificate is not at Amazon SNS.",
      });
      expect(api.sns.asked).toHaveLength(before);
    },
  );

  test("is refused with a certificate that has run out, or is none", async () => {
    const invalid = { status: 401, detail: "Its certificate is not valid." };
    expect(await refusalOf("ses", envelope({}, api.sns.expired))).toEqual(invalid);
    const certificatePath = api.sns.signer.certificatePath.replaceAll("1", "3");
    expect(await refusalOf("ses", envelope({}, { ...api.sns.signer, certificatePath }))).toEqual(invalid);
  });

  test("is told to come again while its certificate cannot be had; redirects are not followed", async () => {
    const certificatePath = api.sns.signer.certificatePath.replaceAll("1", "4");
    const elsewhere = envelope({}, { ...api.sns.signer, certificatePath });
    const asked = api.sns.asked.length;
    for (const [status, headers] of [
      [500, {}],
      [302, { location: api.sns.signer.certificatePath }],
    ] as const) {
      api.sns.answer(status, headers);
      expect(await refusalOf("ses", elsewhere)).toEqual({ status: 503, detail: "Amazon SNS is away." });
    }
    expect(api.sns.asked).toHaveLength(asked + 2);
  });

  const confirmation = (over: Partial<SnsMessage> = {}) => ({
    Type: "SubscriptionConfirmation",
    Token: "2336412f37",
    Subject: undefined,
    Message: "You have chosen to subscribe to the topic.",
    SubscribeURL: `https://${snsHost}/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=2336412f37`,
    ...over,
  });

  test("has a subscription confirmed by a visit, and only at Amazon, for a topic of ours", async () => {
    const visits = () => api.sns.asked.filter((path) => path.includes("ConfirmSubscription"));
    const foreign = confirmation({ SubscribeURL: "https://evil.example/?Action=ConfirmSubscription" });
    expect(await refusalOf("ses", () => signSns(api.sns.signer, foreign))).toMatchObject({ status: 401 });
    const other = confirmation({ TopicArn: "arn:aws:sns:us-east-1:999999999999:somebody-else" });
    expect(await refusalOf("ses", () => signSns(api.sns.signer, other))).toMatchObject({ status: 401 });
    expect(visits()).toEqual([]);
    expect((await api.post("ses", await signSns(api.sns.signer, confirmation()))).status).toBe(204);
    expect(visits()).toEqual([`/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=2336412f37`]);
  });

  test("is asked to confirm again when the visit failed", async () => {
    await api.post("ses", await envelope()({}));
    api.sns.answer(500);
    expect((await api.post("ses", await signSns(api.sns.signer, confirmation()))).status).toBe(503);
  });

  test("is understood when it says in words that the topic works", async () => {
    const Message = "Successfully validated SNS topic for Amazon SES event publishing.";
    expect((await api.post("ses", await signSns(api.sns.signer, { Message }))).status).toBe(204);
  });

  test("is told that raw message delivery has to be off", async () => {
    const raw = await refusalOf("ses", async (bounce) => ({ headers: {}, body: JSON.stringify(bounce) }));
    expect(raw.status).toBe(422);
    expect(raw.detail).toContain("raw message delivery");
  });
});

test("a body that is too large is refused without being read to its end", async () => {
  const body = JSON.stringify([sendgridEvent("delivered", { reason: "x".repeat(6 * 1024 * 1024) })]);
  expect((await api.post("sendgrid", await api.sendgrid.sign(body))).status).toBe(413);
});
