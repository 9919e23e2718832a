import { z } from "zod";
import type { BounceClass } from "../../domain/bounces.js";
import {
  classifyRefusal,
  providerBounce,
  type ProviderEvent,
  type ProviderReport,
} from "../../domain/provider-reports.js";
import {
  isoTime,
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

export interface PostmarkCredentials {
  user: string;
  password: string;
}

/** Postmark's webhooks. They are not signed: who sends them shows the credentials of the webhook's URL (RFC 7617). */
export function createPostmarkCallback({ user, password }: PostmarkCredentials): Callback {
  return {
    async read({ headers, body }) {
      const [, encoded] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(String(headers.authorization)) ?? [];
      const given = Buffer.from(encoded ?? "", "base64").toString("utf8");
      if (!isSame(given, `${user}:${password}`))
        return refused("Its user and password are wrong; they belong in the webhook's URL.");
      return { kind: "proven", reports: [reportOf(readShape(eventSchema, readJson(body.toString("utf8"))))] };
    },
  };
}

const eventSchema = z.looseObject({
  RecordType: text,
  ID: z.union([z.number(), z.string()], "must be a number").nullish(),
  MessageID: optionalText,
  Type: optionalText,
  Details: optionalText,
  Description: optionalText,
  BouncedAt: isoTime.nullish(),
  DeliveredAt: isoTime.nullish(),
  ReceivedAt: isoTime.nullish(),
  ChangedAt: isoTime.nullish(),
  UserAgent: userAgent,
  OriginalLink: optionalText,
  SuppressSending: z.boolean("must be true or false").nullish(),
  SuppressionReason: optionalText,
  Origin: optionalText,
  Metadata: z.looseObject({ [markName]: optionalText }).nullish(),
});
type PostmarkEvent = z.output<typeof eventSchema>;

function reportOf(event: PostmarkEvent): ProviderReport {
  const token = event.Metadata?.[markName];
  const occurredAt = event.BouncedAt ?? event.DeliveredAt ?? event.ReceivedAt ?? event.ChangedAt;
  return {
    eventId: eventIdOf(event, occurredAt),
    event: eventOf(event),
    occurredAt: occurredAt ?? new Date(),
    handedBack: token === undefined ? [] : [token],
  };
}

/** Only bounces and complaints have an id; the others are the same when all that tells them apart is. */
function eventIdOf(event: PostmarkEvent, occurredAt: Date | null | undefined): string {
  const { RecordType, ID, MessageID, OriginalLink } = event;
  if (ID !== undefined && ID !== null) return `${RecordType}.${ID}`;
  return [RecordType, MessageID, occurredAt?.toISOString(), OriginalLink].join(".");
}

function eventOf(event: PostmarkEvent): ProviderEvent {
  const agent = event.UserAgent === undefined ? {} : { userAgent: event.UserAgent };
  switch (event.RecordType) {
    case "Delivery":
      return { kind: "delivery" };
    case "Bounce":
      return bounceOf(event);
    case "SpamComplaint":
      return { kind: "complaint" };
    case "SubscriptionChange":
      return isUnsubscribe(event) ? { kind: "unsubscribe" } : { kind: "other" };
    case "Open":
      return { kind: "open", ...agent };
    case "Click":
      return {
        kind: "click",
        ...agent,
        ...(event.OriginalLink !== undefined && { url: event.OriginalLink }),
      };
    default:
      return { kind: "other" };
  }
}

/**
 * By the recipient's own hand. A change that a bounce or a complaint made is told by their callbacks too, and must not count
 * twice; a reactivation lifts no suppression.
 */
function isUnsubscribe({ SuppressSending, SuppressionReason, Origin }: PostmarkEvent): boolean {
  return SuppressSending === true && SuppressionReason === "ManualSuppression" && Origin === "Recipient";
}

/** Refusals by their kind (Bounce API, "Bounce types"), where the receiving server's words do not say more. */
const refusals: Record<string, { permanent: boolean; otherwise: BounceClass }> = {
  HardBounce: { permanent: true, otherwise: "hard" },
  SoftBounce: { permanent: false, otherwise: "soft" },
  DnsError: { permanent: false, otherwise: "soft" },
  Unknown: { permanent: false, otherwise: "soft" },
  Blocked: { permanent: false, otherwise: "policy" },
  DMARCPolicy: { permanent: false, otherwise: "our-fault" },
  SpamNotification: { permanent: false, otherwise: "content" },
  VirusNotification: { permanent: false, otherwise: "content" },
};

function bounceOf({ Type = "", Details = "", Description = "" }: PostmarkEvent): ProviderEvent {
  const refusal = refusals[Type];
  if (refusal) return classifyRefusal({ ...refusal, diagnostic: Details });
  switch (Type) {
    case "Transient":
      return { kind: "delay" };
    case "Unsubscribe":
      return { kind: "unsubscribe" };
    case "SpamComplaint":
      return { kind: "complaint" };
    case "BadEmailAddress":
    case "ManuallyDeactivated":
      return providerBounce("hard", Details || Description);
    case "SMTPApiError":
    case "TemplateRenderingFailed":
      return providerBounce("our-fault", Details || Description);
    default:
      return { kind: "other" };
  }
}
