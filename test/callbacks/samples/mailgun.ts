import { markName } from "../../../mail/callbacks/marks.js";
import { agent, type CallbackSample } from "./sample.js";

let events = 0;

/** `event-data` of a webhook (Webhook Payloads). */
export function mailgunEvent(event: string, over: Record<string, unknown> = {}, token?: string) {
  events += 1;
  return {
    event,
    id: `event-${process.pid}-${events}`,
    timestamp: 1_521_472_262.908181,
    "log-level": "info",
    tags: ["my_tag_1"],
    campaigns: [],
    flags: { "is-routed": false, "is-authenticated": true, "is-system-test": false, "is-test-mode": false },
    envelope: { transport: "smtp", sender: "news@example.com", targets: "ann@example.com" },
    message: {
      headers: { to: "Ann <ann@example.com>", "message-id": "20130503182626.18666.16540@example.com" },
    },
    recipient: "ann@example.com",
    "recipient-domain": "example.com",
    "user-variables": token === undefined ? {} : { [markName]: token },
    ...over,
  };
}

function sample(
  name: string,
  event: string,
  over: Record<string, unknown>,
  expected: CallbackSample["event"],
): CallbackSample {
  return { name, payload: mailgunEvent(event, over), event: expected };
}

const failed = (reason: string, status: Record<string, unknown>) => ({
  severity: "permanent",
  reason,
  "delivery-status": { "attempt-no": 1, description: "", ...status },
});
const client = { "client-info": { "client-os": "Linux", "device-type": "desktop", "user-agent": agent } };
const geolocation = { country: "US", region: "Unknown", city: "Unknown" };

export const mailgunSamples: CallbackSample[] = [
  sample("accepted", "accepted", { method: "SMTP" }, { kind: "other" }),
  sample(
    "delivered",
    "delivered",
    { "delivery-status": { tls: true, code: 250, message: "OK", "attempt-no": 1, description: null } },
    { kind: "delivery" },
  ),
  sample(
    "failed for now",
    "failed",
    {
      severity: "temporary",
      reason: "generic",
      "delivery-status": {
        code: 452,
        message: "4.2.2 The email account is over quota",
        "retry-seconds": 600,
      },
    },
    { kind: "delay" },
  ),
  sample(
    "failed, no such account",
    "failed",
    failed("bounce", {
      code: 550,
      message:
        "5.1.1 The email account that you tried to reach does not exist. Please try\n5.1.1 double-checking",
    }),
    { kind: "bounce", bounceClass: "hard", enhancedCode: "5.1.1" },
  ),
  sample(
    "failed, refused for its sender",
    "failed",
    failed("espblock", {
      code: 554,
      message: "5.7.1 Service unavailable; blocked using b.barracudacentral.org",
    }),
    { kind: "bounce", bounceClass: "policy" },
  ),
  sample(
    "failed, with the code beside the words",
    "failed",
    failed("bounce", { code: 550, "enhanced-code": "5.1.1", message: "user unknown" }),
    { kind: "bounce", bounceClass: "hard" },
  ),
  sample(
    "failed after many attempts",
    "failed",
    failed("old", { code: 602, message: "Too old", description: "" }),
    { kind: "bounce", bounceClass: "soft" },
  ),
  sample(
    "failed, bounced before",
    "failed",
    failed("suppress-bounce", {
      code: 605,
      message: "",
      description: "Not delivering to previously bounced address",
    }),
    { kind: "bounce", bounceClass: "hard" },
  ),
  sample(
    "failed, unsubscribed before",
    "failed",
    failed("suppress-unsubscribe", { code: 606, description: "Not delivering to unsubscribed address" }),
    { kind: "unsubscribe" },
  ),
  sample(
    "failed, complained before",
    "failed",
    failed("suppress-complaint", {
      code: 607,
      description: "Not delivering to a user who marked it as spam",
    }),
    { kind: "complaint" },
  ),
  sample(
    "rejected",
    "rejected",
    { reject: { reason: "Sandbox subdomains are for test purposes only.", description: "" } },
    { kind: "bounce", bounceClass: "our-fault" },
  ),
  sample("opened", "opened", { ...client, geolocation }, { kind: "open", userAgent: agent }),
  sample(
    "clicked",
    "clicked",
    { ...client, geolocation, url: "http://mailgun.com" },
    { kind: "click", userAgent: agent, url: "http://mailgun.com" },
  ),
  sample("unsubscribed", "unsubscribed", { ...client, geolocation }, { kind: "unsubscribe" }),
  sample("complained", "complained", {}, { kind: "complaint" }),
  sample("stored", "stored", {}, { kind: "other" }),
];
