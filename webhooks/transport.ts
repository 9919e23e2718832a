import type { WebhookRequest, WebhookTransport } from "../activities/webhook-ports.js";
import { createGuardedPost, type GuardedPostOptions } from "./guarded-post.js";
import { signatureHeaderNames, signatureHeaders } from "./signature.js";

export type WebhookTransportOptions = GuardedPostOptions;

/** Webhooks: signed JSON, posted behind the guard. */
export function createWebhookTransport(options: WebhookTransportOptions = {}): WebhookTransport {
  const guarded = createGuardedPost(options);
  return {
    post: (request, signal) => {
      const { url, body, timeoutMs, allowPrivate } = request;
      return guarded.post({ url, body, timeoutMs, allowPrivate, headers: headersOf(request) }, signal);
    },
    close: () => guarded.close(),
  };
}

const ownHeaders: readonly string[] = [
  ...signatureHeaderNames,
  ...["content-type", "content-length", "content-encoding", "accept-encoding", "user-agent"],
  ...["host", "connection", "transfer-encoding", "expect", "upgrade", "keep-alive", "te", "trailer"],
];

function headersOf(request: WebhookRequest): Record<string, string> {
  const given = Object.entries(request.headers ?? {}).filter(
    ([name]) => !ownHeaders.includes(name.toLowerCase()),
  );
  return {
    ...Object.fromEntries(given),
    "content-type": "application/json",
    // A compressed answer could not be cut and shown.
    "accept-encoding": "identity",
    "user-agent": "Floe-Webhooks/1",
    ...signatureHeaders(request, new Date()),
  };
}
