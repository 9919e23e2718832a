import { markName } from "../../../mail/callbacks/marks.js";
import { agent, type CallbackSample } from "./sample.js";

let events = 0;

/** A webhook's record, with what all of them have. */
export function postmarkRecord(recordType: string, over: Record<string, unknown> = {}, token?: string) {
  events += 1;
  return {
    RecordType: recordType,
    MessageID: `883953f4-6105-42a2-a16a-${String(events).padStart(12, "0")}`,
    ServerID: 23,
    MessageStream: "outbound",
    Tag: "welcome-email",
    Metadata: token === undefined ? {} : { [markName]: token },
    ...over,
  };
}

export function postmarkBounce(type: string, details: string, token?: string) {
  return postmarkRecord(
    "Bounce",
    { Type: type, TypeCode: 1, ID: 692_560_173 + events, Details: details, ...bounce },
    token,
  );
}

const bounce = {
  Name: "A bounce",
  Description: "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
  Email: "ann@example.com",
  From: "sender@example.com",
  BouncedAt: "2019-11-05T16:33:54.9070259Z",
  DumpAvailable: true,
  Inactive: true,
  CanActivate: true,
  Subject: "Test subject",
  Content: "<Full dump of bounce>",
};
const client = {
  Client: { Name: "Chrome 35.0.1916.153", Company: "Google", Family: "Chrome" },
  Platform: "Desktop",
  UserAgent: agent,
  Geo: { CountryISOCode: "RS", City: "Novi Sad", IP: "188.2.95.4" },
  Recipient: "ann@example.com",
  ReceivedAt: "2019-11-05T16:33:54.9070259Z",
};
const change = {
  Recipient: "ann@example.com",
  Origin: "Recipient",
  ChangedAt: "2020-02-01T10:53:34.416071Z",
  SuppressSending: true,
};

function sample(
  name: string,
  payload: CallbackSample["payload"],
  event: CallbackSample["event"],
): CallbackSample {
  return { name, payload, event };
}

export const postmarkSamples: CallbackSample[] = [
  sample(
    "Delivery",
    postmarkRecord("Delivery", {
      Recipient: "ann@example.com",
      DeliveredAt: "2019-11-05T16:33:54.9070259Z",
      Details: "Test delivery webhook details",
    }),
    { kind: "delivery" },
  ),
  sample(
    "HardBounce",
    postmarkBounce("HardBounce", "smtp;550 5.1.1 The email account that you tried to reach does not exist."),
    { kind: "bounce", bounceClass: "hard", enhancedCode: "5.1.1" },
  ),
  sample("HardBounce without words", postmarkBounce("HardBounce", ""), {
    kind: "bounce",
    bounceClass: "hard",
  }),
  sample("HardBounce of a full mailbox", postmarkBounce("HardBounce", "smtp;552 5.2.2 Mailbox full"), {
    kind: "bounce",
    bounceClass: "soft",
  }),
  sample("SoftBounce", postmarkBounce("SoftBounce", "smtp;550 5.1.1 user unknown"), {
    kind: "bounce",
    bounceClass: "soft",
  }),
  sample("Transient", postmarkBounce("Transient", ""), { kind: "delay" }),
  sample("DnsError", postmarkBounce("DnsError", ""), { kind: "bounce", bounceClass: "soft" }),
  sample("Blocked", postmarkBounce("Blocked", ""), { kind: "bounce", bounceClass: "policy" }),
  sample("SpamNotification", postmarkBounce("SpamNotification", ""), {
    kind: "bounce",
    bounceClass: "content",
  }),
  sample("VirusNotification", postmarkBounce("VirusNotification", ""), {
    kind: "bounce",
    bounceClass: "content",
  }),
  sample("DMARCPolicy", postmarkBounce("DMARCPolicy", ""), { kind: "bounce", bounceClass: "our-fault" }),
  sample("Unknown", postmarkBounce("Unknown", ""), { kind: "bounce", bounceClass: "soft" }),
  sample("BadEmailAddress", postmarkBounce("BadEmailAddress", ""), { kind: "bounce", bounceClass: "hard" }),
  sample("ManuallyDeactivated", postmarkBounce("ManuallyDeactivated", ""), {
    kind: "bounce",
    bounceClass: "hard",
  }),
  sample("SMTPApiError", postmarkBounce("SMTPApiError", ""), { kind: "bounce", bounceClass: "our-fault" }),
  sample("Unsubscribe", postmarkBounce("Unsubscribe", ""), { kind: "unsubscribe" }),
  sample("Subscribe", postmarkBounce("Subscribe", ""), { kind: "other" }),
  sample("AutoResponder", postmarkBounce("AutoResponder", ""), { kind: "other" }),
  sample("AddressChange", postmarkBounce("AddressChange", ""), { kind: "other" }),
  sample("ChallengeVerification", postmarkBounce("ChallengeVerification", ""), { kind: "other" }),
  sample("SpamComplaint", postmarkRecord("SpamComplaint", { ...bounce, ID: 42, Type: "SpamComplaint" }), {
    kind: "complaint",
  }),
  sample("Open", postmarkRecord("Open", { ...client, FirstOpen: true, ReadSeconds: 5 }), {
    kind: "open",
    userAgent: agent,
  }),
  sample(
    "Click",
    postmarkRecord("Click", { ...client, ClickLocation: "HTML", OriginalLink: "https://example.com" }),
    {
      kind: "click",
      userAgent: agent,
      url: "https://example.com",
    },
  ),
  sample(
    "SubscriptionChange by the recipient",
    postmarkRecord("SubscriptionChange", { ...change, SuppressionReason: "ManualSuppression" }),
    { kind: "unsubscribe" },
  ),
  sample(
    "SubscriptionChange after a bounce",
    postmarkRecord("SubscriptionChange", { ...change, SuppressionReason: "HardBounce" }),
    { kind: "other" },
  ),
  sample(
    "SubscriptionChange by the customer",
    postmarkRecord("SubscriptionChange", {
      ...change,
      Origin: "Customer",
      SuppressionReason: "ManualSuppression",
    }),
    { kind: "other" },
  ),
  sample(
    "SubscriptionChange, lifted",
    postmarkRecord("SubscriptionChange", { ...change, SuppressSending: false, SuppressionReason: null }),
    { kind: "other" },
  ),
];
