import { markName } from "../../../mail/callbacks/marks.js";
import { agent, type CallbackSample } from "./sample.js";

/** `mail` of a published event, with the tag that names the recipient. */
export function sesMail(token?: string, over: Record<string, unknown> = {}) {
  return {
    timestamp: "2017-08-05T00:40:02.012Z",
    source: "Sender Name <sender@example.com>",
    sourceArn: "arn:aws:ses:us-east-1:123456789012:identity/sender@example.com",
    sendingAccountId: "123456789012",
    messageId: "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
    destination: ["recipient@example.com"],
    headersTruncated: false,
    headers: [
      { name: "From", value: "Sender Name <sender@example.com>" },
      { name: "To", value: "recipient@example.com" },
    ],
    commonHeaders: { from: ["Sender Name <sender@example.com>"], messageId: "EXAMPLE7c191be45" },
    tags: {
      "ses:configuration-set": ["ConfigSet"],
      "ses:source-ip": ["192.0.2.0"],
      ...(token !== undefined && { [markName]: [token] }),
    },
    ...over,
  };
}

export function sesBounce(over: Record<string, unknown> = {}, recipient: Record<string, unknown> = {}) {
  return {
    bounceType: "Permanent",
    bounceSubType: "General",
    bouncedRecipients: [
      {
        emailAddress: "recipient@example.com",
        action: "failed",
        status: "5.1.1",
        diagnosticCode: "smtp; 550 5.1.1 user unknown",
        ...recipient,
      },
    ],
    timestamp: "2017-08-05T00:41:02.669Z",
    reportingMTA: "dsn; mta.example.com",
    ...over,
  };
}

export function sesEvent(eventType: string, parts: Record<string, unknown> = {}, token?: string) {
  return { eventType, mail: sesMail(token), ...parts };
}

export const sesComplaint = {
  complainedRecipients: [{ emailAddress: "recipient@example.com" }],
  timestamp: "2017-08-05T00:41:02.669Z",
  userAgent: "Amazon SES Mailbox Simulator",
  complaintFeedbackType: "abuse",
  arrivalDate: "2017-08-05T00:41:02.669Z",
};

function sample(
  name: string,
  payload: CallbackSample["payload"],
  event: CallbackSample["event"],
): CallbackSample {
  return { name, payload, event };
}

const preferences = (unsubscribeAll: boolean) => ({
  subscription: {
    contactList: "ContactListName",
    timestamp: "2022-01-12T01:00:17.910Z",
    source: "UnsubscribeHeader",
    newTopicPreferences: {
      unsubscribeAll,
      topicSubscriptionStatus: [{ topicName: "ExampleTopicName", subscriptionStatus: "OptOut" }],
    },
    oldTopicPreferences: { unsubscribeAll: false, topicSubscriptionStatus: [] },
  },
});

export const sesSamples: CallbackSample[] = [
  sample("Send", sesEvent("Send", { send: {} }), { kind: "other" }),
  sample(
    "Delivery",
    sesEvent("Delivery", {
      delivery: {
        timestamp: "2016-10-19T23:21:04.133Z",
        processingTimeMillis: 11_893,
        recipients: ["recipient@example.com"],
        smtpResponse: "250 2.6.0 Message received",
        reportingMTA: "mta.example.com",
      },
    }),
    { kind: "delivery" },
  ),
  sample("Bounce", sesEvent("Bounce", { bounce: sesBounce() }), {
    kind: "bounce",
    bounceClass: "hard",
    enhancedCode: "5.1.1",
  }),
  sample(
    "Bounce as a notification, without a DSN",
    {
      notificationType: "Bounce",
      mail: sesMail(undefined, { tags: undefined, headers: undefined }),
      bounce: { ...sesBounce(), bouncedRecipients: [{ emailAddress: "jane@example.com" }] },
    },
    { kind: "bounce", bounceClass: "hard" },
  ),
  sample(
    "Bounce, Suppressed",
    sesEvent("Bounce", {
      bounce: sesBounce(
        { bounceSubType: "Suppressed" },
        {
          diagnosticCode:
            "Amazon SES has suppressed sending to this address because it has a history of bouncing",
        },
      ),
    }),
    { kind: "bounce", bounceClass: "hard" },
  ),
  sample(
    "Bounce, refused for policy",
    sesEvent("Bounce", {
      bounce: sesBounce(
        {},
        { status: "5.7.1", diagnosticCode: "smtp; 554 5.7.1 blocked using zen.spamhaus.org" },
      ),
    }),
    { kind: "bounce", bounceClass: "policy" },
  ),
  sample(
    "Bounce, MailboxFull",
    sesEvent("Bounce", {
      bounce: sesBounce(
        { bounceType: "Transient", bounceSubType: "MailboxFull" },
        { status: "5.2.2", diagnosticCode: "smtp; 552 5.2.2 Mailbox full" },
      ),
    }),
    { kind: "bounce", bounceClass: "soft", enhancedCode: "5.2.2" },
  ),
  sample(
    "Bounce, Transient, though it says no such user",
    sesEvent("Bounce", { bounce: sesBounce({ bounceType: "Transient", bounceSubType: "General" }) }),
    { kind: "bounce", bounceClass: "soft" },
  ),
  sample(
    "Bounce, Undetermined",
    sesEvent("Bounce", {
      bounce: sesBounce({ bounceType: "Undetermined", bounceSubType: "Undetermined", bouncedRecipients: [] }),
    }),
    { kind: "bounce", bounceClass: "soft" },
  ),
  sample("Complaint", sesEvent("Complaint", { complaint: sesComplaint }), { kind: "complaint" }),
  sample(
    "Complaint without a type",
    {
      notificationType: "Complaint",
      mail: sesMail(),
      complaint: { ...sesComplaint, complaintFeedbackType: null },
    },
    { kind: "complaint" },
  ),
  sample(
    "Complaint that is none",
    sesEvent("Complaint", { complaint: { ...sesComplaint, complaintFeedbackType: "not-spam" } }),
    { kind: "other" },
  ),
  sample("Reject", sesEvent("Reject", { reject: { reason: "Bad content" } }), {
    kind: "bounce",
    bounceClass: "content",
  }),
  sample(
    "Rendering Failure",
    sesEvent("Rendering Failure", {
      failure: {
        errorMessage: "Attribute 'x' is not present in the rendering data.",
        templateName: "MyTemplate",
      },
    }),
    { kind: "bounce", bounceClass: "our-fault" },
  ),
  sample(
    "DeliveryDelay",
    sesEvent("DeliveryDelay", {
      deliveryDelay: {
        timestamp: "2020-06-16T00:25:40.095Z",
        delayType: "TransientCommunicationFailure",
        expirationTime: "2020-06-16T00:25:40.914Z",
        delayedRecipients: [
          { emailAddress: "recipient@example.com", status: "4.4.1", diagnosticCode: "smtp; 421" },
        ],
      },
    }),
    { kind: "delay" },
  ),
  sample(
    "Open",
    sesEvent("Open", {
      open: { ipAddress: "192.0.2.1", timestamp: "2017-08-09T22:00:19.652Z", userAgent: agent },
    }),
    { kind: "open", userAgent: agent },
  ),
  sample(
    "Click",
    sesEvent("Click", {
      click: {
        ipAddress: "192.0.2.1",
        link: "http://docs.aws.amazon.com/ses/",
        linkTags: { samplekey0: ["samplevalue0"] },
        timestamp: "2017-08-09T23:51:25.570Z",
        userAgent: agent,
      },
    }),
    { kind: "click", userAgent: agent, url: "http://docs.aws.amazon.com/ses/" },
  ),
  sample("Subscription to nothing more", sesEvent("Subscription", preferences(true)), {
    kind: "unsubscribe",
  }),
  sample("Subscription of a topic", sesEvent("Subscription", preferences(false)), { kind: "other" }),
];
