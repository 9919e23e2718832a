import { z } from "zod";
import {
  classifyRefusal,
  providerBounce,
  type ProviderEvent,
  type ProviderReport,
} from "../../domain/provider-reports.js";
import {
  isoTime,
  optionalText,
  readShape,
  refused,
  text,
  userAgent,
  type Callback,
  type CallbackReading,
} from "./callback.js";
import { markName } from "./marks.js";
import { findProblem, readEnvelope, subscribeUrlOf, type SnsEnvelope } from "./sns.js";
import type { SnsDocuments } from "./sns-documents.js";

export interface SesCallbackOptions {
  topicArns: readonly string[];
  documents: SnsDocuments;
}

/** Amazon SES, by a topic of Amazon SNS: feedback notifications and published events, which differ in a field's name. */
export function createSesCallback(options: SesCallbackOptions): Callback {
  return {
    async read({ body }) {
      const envelope = readEnvelope(body);
      const why = await findProblem(envelope, options);
      if (why !== null) return refused(why);
      switch (envelope.Type) {
        case "Notification":
          return { kind: "proven", reports: reportsOf(envelope) };
        case "SubscriptionConfirmation":
          return confirm(envelope, options.documents);
        case "UnsubscribeConfirmation":
          return { kind: "proven", reports: [] };
      }
    },
  };
}

async function confirm(envelope: SnsEnvelope, documents: SnsDocuments): Promise<CallbackReading> {
  const url = subscribeUrlOf(envelope.SubscribeURL);
  if (!url) return refused("Its subscription is not confirmed at Amazon SNS.");
  await documents.confirmSubscription(url);
  return { kind: "proven", reports: [] };
}

const about = z.looseObject({ timestamp: isoTime.nullish(), feedbackId: optionalText, userAgent });
const eventSchema = z.looseObject({
  eventType: optionalText,
  notificationType: optionalText,
  mail: z.looseObject(
    {
      timestamp: isoTime,
      source: optionalText,
      tags: z.looseObject({ [markName]: z.array(text).nullish() }).nullish(),
      headers: z.array(z.looseObject({ name: text, value: optionalText })).nullish(),
      commonHeaders: z.looseObject({ messageId: optionalText }).nullish(),
    },
    "is missing",
  ),
  bounce: about
    .extend({
      bounceType: text,
      bounceSubType: optionalText,
      bouncedRecipients: z
        .array(z.looseObject({ status: optionalText, diagnosticCode: optionalText }))
        .nullish(),
    })
    .nullish(),
  complaint: about.extend({ complaintFeedbackType: optionalText }).nullish(),
  delivery: about.nullish(),
  deliveryDelay: about.nullish(),
  open: about.nullish(),
  click: about.extend({ link: optionalText }).nullish(),
  reject: about.extend({ reason: optionalText }).nullish(),
  failure: about.extend({ errorMessage: optionalText }).nullish(),
  subscription: about
    .extend({ newTopicPreferences: z.looseObject({ unsubscribeAll: z.boolean().nullish() }).nullish() })
    .nullish(),
});
type SesEvent = z.output<typeof eventSchema>;

function reportsOf({ Message, MessageId }: SnsEnvelope): ProviderReport[] {
  const message = jsonOf(Message);
  // "Successfully validated SNS topic for Amazon SES event publishing.", when the topic is chosen.
  if (message === undefined) return [];
  const event = readShape(eventSchema, message, "Message");
  const { mail, bounce, complaint, delivery, deliveryDelay, open, click, subscription } = event;
  const told = bounce ?? complaint ?? delivery ?? deliveryDelay ?? open ?? click ?? subscription;
  return [
    {
      // The same bounce or complaint may be told as a notification and as an event.
      eventId: told?.feedbackId ?? MessageId,
      event: eventOf(event),
      occurredAt: told?.timestamp ?? mail.timestamp,
      handedBack: handedBackOf(mail),
    },
  ];
}

function jsonOf(message: string): unknown {
  try {
    return JSON.parse(message) as unknown;
  } catch {
    return undefined;
  }
}

/** Tags come with published events only; the envelope's sender, our return path, with all of them. */
function handedBackOf({ tags, source, headers, commonHeaders }: SesEvent["mail"]): string[] {
  const links = headers?.filter(({ name }) => name.toLowerCase() === "list-unsubscribe") ?? [];
  const texts = [...(tags?.[markName] ?? []), source, ...links.map(({ value }) => value)];
  return [...texts, commonHeaders?.messageId].filter((value) => value !== undefined);
}

function eventOf(event: SesEvent): ProviderEvent {
  const { open, click } = event;
  switch (event.eventType ?? event.notificationType ?? "") {
    case "Delivery":
      return { kind: "delivery" };
    case "DeliveryDelay":
      return { kind: "delay" };
    case "Bounce":
      return bounceOf(event);
    case "Complaint":
      return isComplaint(event) ? { kind: "complaint" } : { kind: "other" };
    case "Reject":
      return providerBounce("content", event.reject?.reason ?? "");
    case "Rendering Failure":
      return providerBounce("our-fault", event.failure?.errorMessage ?? "");
    case "Subscription":
      return event.subscription?.newTopicPreferences?.unsubscribeAll === true
        ? { kind: "unsubscribe" }
        : { kind: "other" };
    case "Open":
      return { kind: "open", ...agentOf(open) };
    case "Click":
      return { kind: "click", ...agentOf(click), ...(click?.link !== undefined && { url: click.link }) };
    default:
      return { kind: "other" };
  }
}

/** No such address, or one on a suppression list of Amazon's (Bounce types). */
const gone = /^(NoEmail|Suppressed|OnAccountSuppressionList)$/;

/** Each of our messages has one recipient. */
function bounceOf({ bounce }: SesEvent): ProviderEvent {
  const { status, diagnosticCode: diagnostic = "" } = bounce?.bouncedRecipients?.[0] ?? {};
  const permanent = bounce?.bounceType === "Permanent";
  const refusal = { permanent, status, diagnostic, otherwise: permanent ? "hard" : "soft" } as const;
  const classified = classifyRefusal(refusal);
  return permanent && gone.test(bounce?.bounceSubType ?? "")
    ? { ...classified, bounceClass: "hard" }
    : classified;
}

/** What a recipient said themselves (RFC 5965, 7.3); without a type Amazon has taken it for that. */
function isComplaint({ complaint }: SesEvent): boolean {
  return !/^(auth-failure|not-spam|virus)$/.test(complaint?.complaintFeedbackType ?? "");
}

function agentOf(told: { userAgent?: string | undefined } | null | undefined): { userAgent?: string } {
  return told?.userAgent === undefined ? {} : { userAgent: told.userAgent };
}
