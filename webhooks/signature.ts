import { Webhook } from "standardwebhooks";

export interface SignedMessage {
  webhookId: string;
  body: string;
  secrets: readonly string[];
}

/** Names of Standard Webhooks; no endpoint's own headers may replace them. */
export const signatureHeaderNames = ["webhook-id", "webhook-timestamp", "webhook-signature"] as const;
export type SignatureHeaders = Record<(typeof signatureHeaderNames)[number], string>;

/**
 * Standard Webhooks, `v1`: HMAC-SHA256 over id, time of this attempt in seconds, and body. One signature for each secret,
 * so that a receiver may change from the old to the new one at any time of a rotation.
 */
export function signatureHeaders({ webhookId, body, secrets }: SignedMessage, at: Date): SignatureHeaders {
  return {
    "webhook-id": webhookId,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(webhookId, at, body)).join(" "),
  };
}
