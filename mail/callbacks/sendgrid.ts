import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { z } from "zod";
import { ConfigInvalid } from "../../domain/errors.js";
import {
  classifyRefusal,
  providerBounce,
  type ProviderEvent,
  type ProviderReport,
} from "../../domain/provider-reports.js";
import {
  epochSeconds,
  isFresh,
  nameOf,
  optionalText,
  readJson,
  readShape,
  refused,
  text,
  userAgent,
  type Callback,
  type CallbackRequest,
} from "./callback.js";
import { markName } from "./marks.js";

/** SendGrid repeats for 24 hours what was not answered by 2xx (Event Webhook, "Retries"). */
const oldestMs = 25 * 3_600_000;

/**
 * SendGrid's signed Event Webhook: ECDSA with SHA-256 over the time and the body, by the key that its settings show.
 * @throws ConfigInvalid when the key is none
 */
export function createSendgridCallback(verificationKey: string): Callback {
  const key = readSendgridKey(verificationKey);
  if (!key) throw new ConfigInvalid([{ field: "SENDGRID_WEBHOOK_KEY", problem: "is no public key" }]);
  return {
    async read(request) {
      const why = problemOf(request, key);
      if (why !== null) return refused(why);
      const events = readShape(eventsSchema, readJson(request.body.toString("utf8")));
      return { kind: "proven", reports: events.map(reportOf) };
    },
  };
}

/** The key as SendGrid shows it (base64 of SPKI) or as PEM; null when it is no key for ECDSA. */
export function readSendgridKey(verificationKey: string): KeyObject | null {
  try {
    const key = verificationKey.includes("BEGIN")
      ? createPublicKey(verificationKey)
      : createPublicKey({ key: Buffer.from(verificationKey, "base64"), format: "der", type: "spki" });
    return key.asymmetricKeyType === "ec" ? key : null;
  } catch {
    return null;
  }
}

function problemOf({ headers, body }: CallbackRequest, key: KeyObject): string | null {
  const signature = headers["x-twilio-email-event-webhook-signature"];
  const timestamp = headers["x-twilio-email-event-webhook-timestamp"];
  if (typeof signature !== "string" || typeof timestamp !== "string")
    return "It is not signed; switch on the signed Event Webhook.";
  const signed = Buffer.concat([Buffer.from(timestamp), body]);
  if (!verify("sha256", signed, key, Buffer.from(signature, "base64"))) return "Its signature is wrong.";
  if (!/^\d{1,11}$/.test(timestamp) || !isFresh(new Date(Number(timestamp) * 1_000), oldestMs))
    return "Its signed time is too old, or ahead of ours.";
  return null;
}

const eventSchema = z.looseObject({
  event: text,
  timestamp: epochSeconds,
  sg_event_id: optionalText,
  "smtp-id": optionalText,
  type: optionalText,
  reason: optionalText,
  status: optionalText,
  useragent: userAgent,
  url: optionalText,
  [markName]: optionalText,
});
type SendgridEvent = z.output<typeof eventSchema>;

const eventsSchema = z.array(eventSchema, "must be a list of events").max(10_000, "has over 10000 events");

function reportOf(event: SendgridEvent): ProviderReport {
  return {
    eventId: event.sg_event_id ?? nameOf(event),
    event: eventOf(event),
    occurredAt: event.timestamp,
    handedBack: [event[markName], event["smtp-id"]].filter((value) => typeof value === "string"),
  };
}

/** Event Webhook Reference. A resubscription lifts no suppression: that is for the tenant. */
function eventOf(event: SendgridEvent): ProviderEvent {
  const agent = event.useragent === undefined ? {} : { userAgent: event.useragent };
  switch (event.event) {
    case "delivered":
      return { kind: "delivery" };
    case "deferred":
      return { kind: "delay" };
    case "bounce":
      return bounceOf(event);
    case "dropped":
      return dropOf(event.reason ?? "");
    case "spamreport":
      return { kind: "complaint" };
    case "unsubscribe":
    case "group_unsubscribe":
      return { kind: "unsubscribe" };
    case "open":
      return { kind: "open", ...agent };
    case "click":
      return { kind: "click", ...agent, ...(event.url !== undefined && { url: event.url }) };
    default:
      return { kind: "other" };
  }
}

/** `blocked`: refused for now, the address is not at fault. */
function bounceOf({ type, status, reason }: SendgridEvent): ProviderEvent {
  const permanent = type !== "blocked";
  return classifyRefusal({
    permanent,
    status,
    diagnostic: reason ?? "",
    otherwise: permanent ? "hard" : "policy",
  });
}

/** Never handed to a server: SendGrid's own lists, or what it found in the message. */
function dropOf(reason: string): ProviderEvent {
  if (/^unsubscribed address/i.test(reason)) return { kind: "unsubscribe" };
  if (/^spam reporting address/i.test(reason)) return { kind: "complaint" };
  if (/^(bounced address|invalid$)/i.test(reason)) return providerBounce("hard", reason);
  if (/^spam content/i.test(reason)) return providerBounce("content", reason);
  return providerBounce("our-fault", reason);
}
