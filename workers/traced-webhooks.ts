import type { Context, Span } from "@opentelemetry/api";
import type { BegunDelivery, WebhookDeliveryStore } from "../activities/webhook-delivery-ports.js";
import type { WebhookReply, WebhookTransport } from "../activities/webhook-ports.js";
import type { Tracing } from "../runtime/tracing.js";
import type { TraceMemory } from "../throttle/trace-memory.js";

export interface TracedWebhooksInput {
  store: WebhookDeliveryStore;
  transport: WebhookTransport;
  tracing: Pick<Tracing, "api" | "tracer">;
  memory: Pick<TraceMemory, "recall">;
}

/**
 * Gives every request to a webhook a span, and tells the receiver its trace: `traceparent` (W3C Trace Context). It belongs to
 * the trace of the send or email that the event tells of, if that is known, and else to that of the activity.
 */
export function tracedWebhooks({ store, transport, tracing, memory }: TracedWebhooksInput): {
  store: WebhookDeliveryStore;
  transport: WebhookTransport;
} {
  const { api, tracer } = tracing;
  /** By message, from its claim to its request. */
  const causes = new Map<string, Context>();
  return {
    store: {
      ...store,
      async claim(request) {
        const claimed = await store.claim(request);
        const known = await memory.recall(claimed.map(subjectOf));
        claimed.forEach(({ messageId }, at) => {
          const traceparent = known[at];
          if (traceparent !== undefined)
            causes.set(messageId, api.propagation.extract(api.ROOT_CONTEXT, { traceparent }));
        });
        return claimed;
      },
    },
    transport: {
      async post(request, signal) {
        const active = api.context.active();
        const serving = api.trace.getSpanContext(active);
        const cause = causes.get(request.webhookId);
        causes.delete(request.webhookId);
        const span = tracer.startSpan(
          "webhook.attempt",
          {
            kind: api.SpanKind.CLIENT,
            attributes: { "webhook.message_id": request.webhookId, "http.request.method": "POST" },
            links: cause && serving ? [{ context: serving }] : [],
          },
          cause ?? active,
        );
        const headers: Record<string, string> = { ...request.headers };
        api.propagation.inject(api.trace.setSpan(active, span), headers);
        try {
          const reply = await transport.post({ ...request, headers }, signal);
          tellReply(span, reply, api);
          return reply;
        } finally {
          span.end();
        }
      },
      close: () => transport.close(),
    },
  };
}

function subjectOf({ data, messageId }: BegunDelivery): string {
  const subject = data.email_id ?? data.send_id;
  return typeof subject === "string" ? subject : messageId;
}

/** Neither the URL, which may hold a secret, nor what was answered. */
function tellReply(span: Span, reply: WebhookReply, api: Tracing["api"]): void {
  if (reply.kind === "answered") span.setAttribute("http.response.status_code", reply.status);
  else span.setAttribute("error.type", reply.reason);
  const succeeded = reply.kind === "answered" && reply.status >= 200 && reply.status < 300;
  if (!succeeded) span.setStatus({ code: api.SpanStatusCode.ERROR });
}
