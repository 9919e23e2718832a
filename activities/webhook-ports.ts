/** One request of one webhook: what is posted, where to, and what signs it. */
export interface WebhookRequest {
  url: string;
  /** The same for every attempt of an event at an endpoint; the receiver recognises a repeat by it. */
  webhookId: string;
  /** JSON, sent and signed as it is. */
  body: string;
  /** `whsec_…`; each gives one signature, so that a rotation has two. At least one. */
  secrets: readonly string[];
  /** For everything: name, connection, answer and its body. */
  timeoutMs: number;
  /** True when this endpoint's host may be an address that is not public. */
  allowPrivate: boolean;
  /** Besides those of the signature, which they cannot replace. */
  headers?: Readonly<Record<string, string>>;
}

/** What came of one request. Only a status of 2xx is a success; which failure means what is for the caller to decide. */
export type WebhookReply =
  /** `body` is the beginning of the answer's text. */
  | { kind: "answered"; status: number; retryAfterMs?: number; body: string; durationMs: number }
  /** Nothing was sent. */
  | { kind: "refused"; reason: "private-address" | "invalid-url"; detail: string; durationMs: number }
  | {
      kind: "failed";
      reason: "timeout" | "connection" | "tls" | "dns" | "reply-too-large";
      detail: string;
      durationMs: number;
    };

export interface WebhookTransport {
  /** Never throws for what the other side did; an abort by `signal` rejects with its reason. */
  post(request: WebhookRequest, signal: AbortSignal): Promise<WebhookReply>;
  close(): Promise<void>;
}
