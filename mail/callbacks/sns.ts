import { createVerify, X509Certificate } from "node:crypto";
import { z } from "zod";
import { isFresh, isoTime, readJson, readShape } from "./callback.js";
import type { SnsDocuments } from "./sns-documents.js";

/** SNS repeats for an hour at most (HTTP/S delivery policy, "maximum total retry time"). */
const oldestMs = 2 * 3_600_000;

const envelopeSchema = z.looseObject({
  Type: z.enum(
    ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"],
    "must be Notification, SubscriptionConfirmation or UnsubscribeConfirmation; raw message delivery has to be off",
  ),
  MessageId: z.string("must be a text"),
  TopicArn: z.string("must be a text"),
  Message: z.string("must be a text"),
  Timestamp: z.string("must be a text"),
  Subject: z.string("must be a text").nullish(),
  SubscribeURL: z.string("must be a text").optional(),
  Token: z.string("must be a text").optional(),
  SignatureVersion: z.enum(["1", "2"], "must be 1 or 2"),
  Signature: z.string("must be a text"),
  SigningCertURL: z.string("must be a text"),
});
export type SnsEnvelope = z.output<typeof envelopeSchema>;

export interface SnsOptions {
  topicArns: readonly string[];
  documents: Pick<SnsDocuments, "loadCertificate">;
}

/** @throws InvalidInput */
export function readEnvelope(body: Buffer): SnsEnvelope {
  return readShape(envelopeSchema, readJson(body.toString("utf8")));
}

/**
 * Why an envelope of Amazon SNS is not believed; null when it is. Cheap questions first: nothing is fetched for a topic that
 * is not ours. @throws Unavailable when the certificate cannot be had
 */
export async function findProblem(
  envelope: SnsEnvelope,
  { topicArns, documents }: SnsOptions,
): Promise<string | null> {
  if (!topicArns.includes(envelope.TopicArn)) return "Its topic is not one of SES_TOPIC_ARNS.";
  const certificateUrl = certificateUrlOf(envelope.SigningCertURL);
  if (!certificateUrl) return "Its certificate is not at Amazon SNS.";
  const certificate = readCertificate(await documents.loadCertificate(certificateUrl));
  if (!certificate || !isValidNow(certificate)) return "Its certificate is not valid.";
  const algorithm = envelope.SignatureVersion === "1" ? "RSA-SHA1" : "RSA-SHA256";
  const verifier = createVerify(algorithm).update(signedText(envelope), "utf8");
  if (!verifier.verify(certificate.publicKey, envelope.Signature, "base64")) return "Its signature is wrong.";
  const time = isoTime.safeParse(envelope.Timestamp);
  if (!time.success || !isFresh(time.data, oldestMs)) return "Its signed time is too old, or ahead of ours.";
  return null;
}

/**
 * Only certificates of Amazon SNS: others on the same host are whatever somebody had it answer.
 * The host is the service's own in a region; the path is as Amazon names them.
 */
export function certificateUrlOf(url: string): URL | null {
  const parsed = snsUrlOf(url);
  return parsed && /^\/SimpleNotificationService-[0-9a-f]{8,64}\.pem$/.test(parsed.pathname) && !parsed.search
    ? parsed
    : null;
}

/** Where a subscription is confirmed. */
export function subscribeUrlOf(url: string | undefined): URL | null {
  const parsed = snsUrlOf(url ?? "");
  return parsed?.pathname === "/" && parsed.searchParams.get("Action") === "ConfirmSubscription"
    ? parsed
    : null;
}

function snsUrlOf(url: string): URL | null {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || parsed.protocol !== "https:" || parsed.port !== "") return null;
  if (parsed.username !== "" || parsed.password !== "" || parsed.hash !== "") return null;
  return /^sns\.[a-z0-9-]{3,30}\.amazonaws\.com$/.test(parsed.hostname) ? parsed : null;
}

function readCertificate(pem: string): X509Certificate | null {
  try {
    const certificate = new X509Certificate(pem);
    return certificate.publicKey.asymmetricKeyType === "rsa" ? certificate : null;
  } catch {
    return null;
  }
}

function isValidNow({ validFrom, validTo }: X509Certificate): boolean {
  const now = Date.now();
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}

const signedOf = {
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
  UnsubscribeConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
} as const;

/** Names and values a line each, in this order; what is absent is left out ("Verifying the signatures of SNS messages"). */
function signedText(envelope: SnsEnvelope): string {
  return signedOf[envelope.Type]
    .filter((name) => typeof envelope[name] === "string")
    .map((name) => `${name}\n${String(envelope[name])}\n`)
    .join("");
}
