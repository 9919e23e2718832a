import { markName } from "../../../mail/callbacks/marks.js";
import { agent, type CallbackSample } from "./sample.js";

let events = 0;

/** An event of the Event Webhook Reference; unique arguments stand beside its own fields. */
export function sendgridEvent(event: string, over: Record<string, unknown> = {}, token?: string) {
  events += 1;
  return {
    email: "ann@example.com",
    timestamp: 1_513_299_569,
    "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
    event,
    category: ["cat facts"],
    sg_event_id: `event-${process.pid}-${events}`,
    sg_message_id: "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
    ...(token !== undefined && { [markName]: token }),
    ...over,
  };
}

function sample(
  name: string,
  event: string,
  over: Record<string, unknown>,
  expected: CallbackSample["event"],
): CallbackSample {
  return { name, payload: sendgridEvent(event, over), event: expected };
}

const browser = { useragent: agent, ip: "255.255.255.255" };
const link = { url: "https://sendgrid.com/", url_offset: { index: 0, type: "html" } };

export const sendgridSamples: CallbackSample[] = [
  sample("processed", "processed", {}, { kind: "other" }),
  sample("delivered", "delivered", { response: "250 OK" }, { kind: "delivery" }),
  sample("deferred", "deferred", { response: "400 try again later", attempt: "5" }, { kind: "delay" }),
  sample(
    "bounce",
    "bounce",
    { reason: "500 unknown recipient", status: "5.0.0", type: "bounce", bounce_classification: "Invalid" },
    { kind: "bounce", bounceClass: "hard" },
  ),
  sample(
    "bounce with the server's words",
    "bounce",
    { reason: "550 5.2.2 <ann@example.com>: user is over quota", status: "5.2.2", type: "bounce" },
    { kind: "bounce", bounceClass: "soft", enhancedCode: "5.2.2" },
  ),
  sample(
    "bounce without words",
    "bounce",
    { status: "5.0.0", type: "bounce" },
    { kind: "bounce", bounceClass: "hard" },
  ),
  sample(
    "blocked",
    "bounce",
    { reason: "554 5.7.1 blocked using zen.spamhaus.org", status: "5.7.1", type: "blocked" },
    { kind: "bounce", bounceClass: "policy" },
  ),
  sample(
    "blocked, though it says no such user",
    "bounce",
    { reason: "550 5.1.1 user unknown", status: "5.1.1", type: "blocked" },
    { kind: "bounce", bounceClass: "soft" },
  ),
  sample(
    "dropped, bounced before",
    "dropped",
    { reason: "Bounced Address", status: "5.0.0" },
    { kind: "bounce", bounceClass: "hard" },
  ),
  sample(
    "dropped, unsubscribed before",
    "dropped",
    { reason: "Unsubscribed Address" },
    { kind: "unsubscribe" },
  ),
  sample(
    "dropped, complained before",
    "dropped",
    { reason: "Spam Reporting Address" },
    { kind: "complaint" },
  ),
  sample(
    "dropped for its content",
    "dropped",
    { reason: "Spam Content (if Spam Checker app enabled)" },
    { kind: "bounce", bounceClass: "content" },
  ),
  sample(
    "dropped for our fault",
    "dropped",
    { reason: "Recipient List over Package Quota" },
    { kind: "bounce", bounceClass: "our-fault" },
  ),
  sample("open", "open", { ...browser, sg_machine_open: false }, { kind: "open", userAgent: agent }),
  sample("click", "click", { ...browser, ...link }, { kind: "click", userAgent: agent, url: link.url }),
  sample("spamreport", "spamreport", {}, { kind: "complaint" }),
  sample("unsubscribe", "unsubscribe", {}, { kind: "unsubscribe" }),
  sample("group_unsubscribe", "group_unsubscribe", { asm_group_id: 10 }, { kind: "unsubscribe" }),
  sample("group_resubscribe", "group_resubscribe", { asm_group_id: 10 }, { kind: "other" }),
  sample("account_status_change", "account_status_change", { type: "compliance_suspend" }, { kind: "other" }),
];
