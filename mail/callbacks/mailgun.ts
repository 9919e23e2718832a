import { createHmac } from "node:crypto";
import { z } from "zod";
import {
  classifyRefusal,
  providerBounce,
  type ProviderEvent,
  type ProviderReport,
} from "../../domain/provider-reports.js";
import {
  epochSeconds,
  isFresh,
  isSame,
  optionalText,
  readJson,
  readShape,
  refused,
  text,
  userAgent,
  type Callback,
} from "./callback.js";
import { markName } from "./marks.js";

/** Mailgun repeats for 8 hours what was not answered by 200 or 406 (Webhooks, "Retries"). */
const oldestMs = 9 * 3_600_000;

const signatureSchema = z.looseObject({
  signature: z.looseObject(
    {
      timestamp: z.string("must be a text").regex(/^\d{1,11}$/, "must be seconds since 1970"),
      token: z.string("must be a text").min(1, "is empty").max(200, "is too long"),
      signature: z.string("must be a text").max(200, "is too long"),
    },
    "is missing",
  ),
  "event-data": z.unknown(),
});

/**
 * Mailgun's webhooks: HMAC-SHA256 over a time and a token, which says nothing of the event beside them. So a token is good
 * for one event: whoever saw a callback cannot send another with it.
 */
export function createMailgunCallback(signingKey: string): Callback {
  return {
    async read({ body }) {
      const request = readShape(signatureSchema, readJson(body.toString("utf8")));
      const { timestamp, token, signature } = request.signature;
      const expected = createHmac("sha256", signingKey).update(`${timestamp}${token}`).digest("hex");
      if (!isSame(signature, expected)) return refused("Its signature is wrong.");
      if (!isFresh(new Date(Number(timestamp) * 1_000), oldestMs))
        return refused("Its signed time is too old, or ahead of ours.");
      const event = readShape(eventSchema, request["event-data"], "event-data");
      return { kind: "proven", reports: [reportOf(event)], token };
    },
  };
}

const eventSchema = z.looseObject(
  {
    event: text,
    id: text,
    timestamp: epochSeconds,
    severity: optionalText,
    reason: optionalText,
    url: optionalText,
    reject: z.looseObject({ reason: optionalText }).nullish(),
    "client-info": z.looseObject({ "user-agent": userAgent }).nullish(),
    "delivery-status": z
      .looseObject({
        code: z.number("must be a number").nullish(),
        message: optionalText,
        description: optionalText,
        "enhanced-code": optionalText,
      })
      .nullish(),
    "user-variables": z.looseObject({ [markName]: optionalText }).nullish(),
    message: z.looseObject({ headers: z.looseObject({ "message-id": optionalText }).nullish() }).nullish(),
    envelope: z.looseObject({ sender: optionalText }).nullish(),
  },
  "is missing",
);
type MailgunEvent = z.output<typeof eventSchema>;

function reportOf(event: MailgunEvent): ProviderReport {
  const handedBack = [
    event["user-variables"]?.[markName],
    event.envelope?.sender,
    event.message?.headers?.["message-id"],
  ];
  return {
    // An id is only unique within a day.
    eventId: `${event.id}.${event.timestamp.getTime()}`,
    event: eventOf(event),
    occurredAt: event.timestamp,
    handedBack: handedBack.filter((value) => typeof value === "string"),
  };
}

function eventOf(event: MailgunEvent): ProviderEvent {
  const agent = event["client-info"]?.["user-agent"];
  switch (event.event) {
    case "delivered":
      return { kind: "delivery" };
    case "failed":
      return event.severity === "temporary" ? { kind: "delay" } : failureOf(event);
    case "rejected":
      return providerBounce("our-fault", event.reject?.reason ?? "");
    case "complained":
      return { kind: "complaint" };
    case "unsubscribed":
      return { kind: "unsubscribe" };
    case "opened":
      return { kind: "open", ...(agent !== undefined && { userAgent: agent }) };
    case "clicked":
      return {
        kind: "click",
        ...(agent !== undefined && { userAgent: agent }),
        ...(event.url !== undefined && { url: event.url }),
      };
    default:
      return { kind: "other" };
  }
}

/** Codes from 600 on are Mailgun's own: an address on one of its suppression lists. */
function failureOf({ reason, "delivery-status": status }: MailgunEvent): ProviderEvent {
  const code = status?.code ?? 0;
  const words = status?.message || status?.description || "";
  if (reason === "suppress-unsubscribe" || code === 606) return { kind: "unsubscribe" };
  if (reason === "suppress-complaint" || code === 607) return { kind: "complaint" };
  if (reason === "suppress-bounce" || code === 605) return providerBounce("hard", words);
  const isReply = code >= 400 && code < 600;
  // Given up after many attempts.
  if (reason === "old") return providerBounce("soft", words);
  return classifyRefusal({
    permanent: true,
    status: status?.["enhanced-code"],
    diagnostic: isReply && !/^[45]\d\d\b/.test(words) ? `${code} ${words}` : words,
    otherwise: "policy",
  });
}
