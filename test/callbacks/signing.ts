/** Signs as the providers do, by another library than the one that verifies: WebCrypto, and Amazon's order of fields. */
import { randomBytes, webcrypto } from "node:crypto";
import { generate } from "selfsigned";

const { subtle } = webcrypto;

export interface SignedRequest {
  headers: Record<string, string>;
  body: string;
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

/** A key pair of SendGrid's Event Webhook; the public key as its settings show it. */
export async function createSendgridSigner() {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { publicKey, privateKey } = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const verificationKey = Buffer.from(await subtle.exportKey("spki", publicKey)).toString("base64");
  return {
    verificationKey,
    async sign(body: string, seconds = nowSeconds()): Promise<SignedRequest> {
      const data = Buffer.from(`${seconds}${body}`);
      const raw = await subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, data);
      return {
        headers: {
          "x-twilio-email-event-webhook-signature": derOf(Buffer.from(raw)).toString("base64"),
          "x-twilio-email-event-webhook-timestamp": String(seconds),
        },
        body,
      };
    },
  };
}

/** WebCrypto writes r and s one after the other; SendGrid a DER sequence of them. */
function derOf(raw: Buffer): Buffer {
  const integer = (bytes: Buffer) => {
    const start = bytes.findIndex((byte) => byte !== 0);
    const digits = bytes.subarray(start < 0 ? bytes.length - 1 : start);
    const padded = (digits[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
    return Buffer.concat([Buffer.from([2, padded.length]), padded]);
  };
  const content = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))]);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}

/** A request of Mailgun. */
export async function signMailgun(
  key: string,
  eventData: unknown,
  { seconds = nowSeconds(), token = randomBytes(25).toString("hex") } = {},
): Promise<SignedRequest> {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const imported = await subtle.importKey("raw", Buffer.from(key), hmac, false, ["sign"]);
  const mac = await subtle.sign("HMAC", imported, Buffer.from(`${seconds}${token}`));
  const signature = { timestamp: String(seconds), token, signature: Buffer.from(mac).toString("hex") };
  return { headers: {}, body: JSON.stringify({ signature, "event-data": eventData }) };
}

export function basicAuth(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}

export const snsHost = "sns.us-east-1.amazonaws.com";
export const topicArn = "arn:aws:sns:us-east-1:123456789012:ses-events";

/** A certificate with a key, as SNS has one to sign with and one to be reached by. */
export async function createCertificate(name: string, { expired = false } = {}) {
  const day = 86_400_000;
  const start = Date.now() - 20 * day;
  return generate([{ name: "commonName", value: name }], {
    algorithm: "sha256",
    notBeforeDate: new Date(start),
    notAfterDate: new Date(start + (expired ? 10 : 40) * day),
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: name }] }],
  });
}

export type SnsMessage = Record<string, string>;

export interface SnsSigner {
  privateKey: string;
  certificatePath: string;
}

const signedFields = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: [
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
  ],
};

/** An envelope of SNS around a message, signed as version 1 (SHA-1) or 2 (SHA-256). */
export async function signSns(
  { privateKey, certificatePath }: SnsSigner,
  over: Partial<SnsMessage>,
): Promise<SignedRequest> {
  const message: SnsMessage = {
    Type: "Notification",
    MessageId: webcrypto.randomUUID(),
    TopicArn: topicArn,
    Subject: "Amazon SES Email Event Notification",
    Timestamp: new Date().toISOString(),
    SignatureVersion: "1",
    SigningCertURL: `https://${snsHost}${certificatePath}`,
    UnsubscribeURL: `https://${snsHost}/?Action=Unsubscribe`,
    ...(over as SnsMessage),
  };
  const text = signedFields[message.Type as keyof typeof signedFields]
    .filter((name) => message[name] !== undefined)
    .map((name) => `${name}\n${message[name]}\n`)
    .join("");
  const hash = message.SignatureVersion === "2" ? "SHA-256" : "SHA-1";
  const der = Buffer.from(privateKey.replace(/-----[^-]+-----|\s/g, ""), "base64");
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash };
  const key = await subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
  const signature = await subtle.sign(algorithm.name, key, Buffer.from(text));
  const signed = { ...message, Signature: Buffer.from(signature).toString("base64") };
  return { headers: { "content-type": "text/plain; charset=UTF-8" }, body: JSON.stringify(signed) };
}
