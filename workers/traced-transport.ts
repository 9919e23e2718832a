import type { Span } from "@opentelemetry/api";
import type { OutgoingMessage, SendNode, Transport } from "../activities/delivery-ports.js";
import type { SendOutcome } from "../domain/outcome.js";
import type { Tracing } from "../runtime/tracing.js";

/**
 * Gives a share of all messages a span, from the transport's door to the reply. Only a traced process has it between
 * batches and their transport: elsewhere a message costs nothing more.
 */
export function tracedTransport(
  transport: Transport,
  { api, tracer, messageRatio }: Pick<Tracing, "api" | "tracer" | "messageRatio">,
): Transport {
  return {
    transmit(node, message) {
      if (Math.random() >= messageRatio) return transport.transmit(node, message);
      // Not of a batch that is not traced itself.
      if (!api.trace.getActiveSpan()?.isRecording()) return transport.transmit(node, message);
      const span = tracer.startSpan("smtp.transmit", {
        kind: api.SpanKind.CLIENT,
        attributes: spanAttributes(node, message),
      });
      transport.transmit(node, new TracedMessage(message, span));
    },
    close: () => transport.close(),
  };
}

function spanAttributes({ nodeId, provider }: SendNode, { bytes }: OutgoingMessage) {
  return { "floe.node_id": nodeId, "floe.provider": provider, "smtp.message_bytes": bytes.length };
}

/** How far it came: `queued` for a connection, in the `transaction`, or written to its final dot (`after-dot`). */
type Stage = "queued" | "transaction" | "after-dot";

class TracedMessage implements OutgoingMessage {
  readonly envelope: OutgoingMessage["envelope"];
  readonly bytes: Buffer;
  readonly isUrgent: boolean;
  private readonly message: OutgoingMessage;
  private readonly span: Span;
  private stage: Stage = "queued";

  constructor(message: OutgoingMessage, span: Span) {
    this.message = message;
    this.span = span;
    this.envelope = message.envelope;
    this.bytes = message.bytes;
    this.isUrgent = message.isUrgent ?? false;
  }

  isWithheld(): boolean {
    return this.message.isWithheld?.() ?? false;
  }

  mayLeave(answer: (allowed: boolean) => void): void {
    this.stage = "transaction";
    if (!this.message.mayLeave) return answer(true);
    this.message.mayLeave((allowed) => {
      this.span.addEvent(allowed ? "announced" : "withheld");
      answer(allowed);
    });
  }

  settle(outcome: SendOutcome): void {
    this.span.setAttributes(outcomeAttributes(outcome, this.stage));
    this.span.end();
    this.message.settle(outcome);
  }
}

/** The server's words are left out: they may quote whom the message was for. */
function outcomeAttributes(outcome: SendOutcome, reached: Stage): Record<string, string | number> {
  const reply = "reply" in outcome ? outcome.reply : undefined;
  const stage = outcome.kind === "accepted" || outcome.kind === "unknown" ? "after-dot" : reached;
  return {
    "floe.outcome": outcome.kind,
    "smtp.stage": stage,
    ...("reason" in outcome && { "floe.reason": outcome.reason }),
    ...(reply && { "smtp.reply_code": reply.code }),
    ...(reply?.enhanced !== undefined && { "smtp.enhanced_code": reply.enhanced }),
  };
}
