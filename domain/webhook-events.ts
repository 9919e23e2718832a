/**
 * Events that endpoints may ask for. A type, its version and its fields are public: a field may be added, and nothing else
 * changes without a new version. `docs/webhooks.md` shows them.
 */

/** What `data` of an event has: field by field, what it says. */
type Fields = Readonly<Record<string, string>>;

const recipient: Fields = {
  email: "the recipient's address",
  email_id: "the single email; null for a campaign's",
  send_id: "the run of the campaign; null for a single email",
  campaign_id: "the campaign; null for a single email of none",
  contact_id: "the contact; null for a single email",
};
const attempt: Fields = {
  ...recipient,
  attempts: "attempts spent so far",
  node_id: "the node it left from; null when none was asked",
  possible_duplicate: "true when it may have arrived before without an answer",
};
const refusal: Fields = {
  ...attempt,
  reason: "short cause, such as greylisted or bad-address",
  reply_code: "SMTP code of the answer; null without one",
  enhanced_code: "enhanced code of the answer, such as 5.1.1; null without one",
};
const reaction: Fields = { ...recipient, occurred_at: "when it happened" };
const visit: Fields = { ...reaction, user_agent: "of the program that asked; null when it said nothing" };
const send: Fields = { send_id: "this run of the campaign", campaign_id: "the campaign" };
const sendEnd: Fields = {
  ...send,
  recipients: "all recipients; each stands in one of the following",
  sent: "accepted by the receiving server",
  bounced: "refused for good: no such address",
  dead: "refused for another cause, or attempts spent",
  suppressed: "held back by a suppression",
  cancelled: "held back by the cancel",
  unknown: "held for a person, because the receiving server did not answer",
};
const imported: Fields = {
  import_id: "the import",
  rows_read: "records of the file",
  rows_imported: "of these, taken",
  rows_created: "of these, new contacts",
  rows_refused: "refused, each with a reason",
};
const exported: Fields = { export_id: "the export", kind: "what was exported, such as contacts" };
const sequence: Fields = { sequence_id: "the sequence, which is a campaign too" };
const abTest: Fields = { campaign_id: "the campaign that is tested" };
const decision: Fields = { winner: "number of the variant", decided_by: "rules or person" };
const graphRun: Fields = { run_id: "the run", graph: "name of the job graph" };
const warmup: Fields = {
  warmup_id: "the warmup",
  kind: "node, domain or mailbox",
  key: "what is warmed up: the node's id, the domain or the address",
};
const decidedWarmup: Fields = { ...warmup, reason: "why, as a sentence" };
const node: Fields = { node_id: "the node" };
const suspension: Fields = {
  node_id: "the node",
  mailbox_provider: "who takes nothing from it, such as yahoo; * for everybody",
  per_second: "messages a second that leave meanwhile; null for none",
  rule: "that recognised the answer, such as yahoo-tss04",
  reply: "the answer, without addresses",
  since: "when it began",
  until: "when it ends by itself",
  lifted_by: "who ended it before; null when nobody did",
};
const listing: Fields = {
  subject: "the address or domain",
  kind: "ipv4, ipv6 or domain",
  list: "zone of the blacklist",
  codes: "addresses that it answered with",
  meaning: "what they mean, in words; null when it is no longer listed",
  paused_nodes: "nodes that were paused for it",
};

const reputation: Fields = {
  kind: "domain or node",
  subject: "the domain, or the node's id",
  gate: "none, warn, slow or stop",
  previous_gate: "what it was before",
  reason: "why, as a sentence",
  score: "of the last calculation, 0 to 100; null without enough mail",
  resume_at: "when a stop ends by itself; null: a person ends it, or it is none",
};

const alert: Fields = {
  alert_id: "the alert",
  rule_id: "the rule that raised it",
  kind: "what the rule watches, such as bounce-rate",
  name: "of the rule",
  severity: "info, warning or critical",
  subject: "what it is about, such as mail or all",
  value: "what was measured",
  fire_above: "the threshold that it passed",
  is_test: "true when a person only tried the rule",
  raised_at: "when it was raised",
};

interface EventDefinition {
  version: number;
  /** Completes "sent when …". */
  when: string;
  data: Fields;
}

export const webhookEvents = {
  "email.delivered": { version: 1, when: "the receiving server accepted it", data: attempt },
  "email.deferred": { version: 1, when: "it was put off; it is tried again", data: refusal },
  "email.bounced": {
    version: 1,
    when: "there is no such address, or mail to it came back again and again; it is suppressed now",
    data: refusal,
  },
  "email.failed": { version: 1, when: "it was refused, or spent its attempts", data: refusal },
  "email.complained": { version: 1, when: "the recipient called it spam", data: reaction },
  "email.replied": { version: 1, when: "a person answered it", data: reaction },
  "email.opened": { version: 1, when: "the open pixel was fetched", data: visit },
  "email.clicked": {
    version: 1,
    when: "a tracked link was followed",
    data: { ...visit, url: "where the link leads" },
  },
  "email.unsubscribed": { version: 1, when: "the recipient unsubscribed", data: reaction },
  "campaign.started": { version: 1, when: "a send begins", data: send },
  "campaign.paused": { version: 1, when: "a send was paused", data: send },
  "campaign.resumed": { version: 1, when: "a paused send goes on", data: send },
  "campaign.completed": { version: 1, when: "every recipient of a send is settled", data: sendEnd },
  "campaign.cancelled": { version: 1, when: "a cancelled send is over", data: sendEnd },
  "import.completed": { version: 1, when: "the whole file was read", data: imported },
  "import.failed": {
    version: 1,
    when: "the file could not be read on",
    data: { ...imported, error: "the cause" },
  },
  "export.completed": {
    version: 1,
    when: "the file is there, complete",
    data: { ...exported, rows: "rows written", bytes: "size of the file", expires_at: "when it is removed" },
  },
  "export.failed": {
    version: 1,
    when: "the file could not be written",
    data: { ...exported, error: "the cause" },
  },
  "node.paused": { version: 1, when: "a node of the tenant's own was paused", data: node },
  "node.resumed": { version: 1, when: "a node of the tenant's own goes on", data: node },
  "provider.suspended": {
    version: 1,
    when: "a mailbox provider asked a node of the tenant's own to be spared for half an hour or more",
    data: suspension,
  },
  "provider.resumed": {
    version: 1,
    when: "that is over, or somebody ended it",
    data: suspension,
  },
  "blacklist.listed": {
    version: 1,
    when: "a blacklist lists an address of a node or a domain of the tenant's own",
    data: listing,
  },
  "blacklist.delisted": { version: 1, when: "it lists it no longer", data: listing },
  "dmarc.report_received": {
    version: 1,
    when: "a DMARC aggregate report about a domain was taken in",
    data: {
      report_id: "the report",
      domain: "the domain that it is about",
      org_name: "who reports",
      begins_at: "when what it counts begins",
      ends_at: "when it ends",
      messages: "messages that it counts",
      failing: "of these, aligned neither by DKIM nor by SPF",
    },
  },
  "warmup.started": { version: 1, when: "a node, domain or mailbox begins to be warmed up", data: warmup },
  "warmup.paused": {
    version: 1,
    when: "a warmup was paused, by a person or because of bounces or complaints",
    data: { ...decidedWarmup, paused_by: "person or health" },
  },
  "warmup.resumed": { version: 1, when: "a paused warmup goes on", data: decidedWarmup },
  "warmup.completed": { version: 1, when: "a warmup has reached its target", data: decidedWarmup },
  "warmup.stopped": { version: 1, when: "a person stopped a warmup", data: warmup },
  "sequence.started": {
    version: 1,
    when: "a sequence runs, or runs again for later contacts",
    data: sequence,
  },
  "sequence.paused": { version: 1, when: "a sequence was paused", data: sequence },
  "sequence.resumed": { version: 1, when: "a paused sequence goes on", data: sequence },
  "sequence.completed": { version: 1, when: "every contact is through", data: sequence },
  "sequence.cancelled": { version: 1, when: "a sequence was cancelled", data: sequence },
  "ab_test.started": { version: 1, when: "its variants are sent", data: abTest },
  "ab_test.held": {
    version: 1,
    when: "nothing is clear, and a person is to choose",
    data: { ...abTest, reason: "why nothing is" },
  },
  "ab_test.decided": {
    version: 1,
    when: "a variant was chosen and goes to the rest",
    data: { ...abTest, ...decision, reason: "why this one" },
  },
  "ab_test.completed": {
    version: 1,
    when: "everybody of the audience is settled",
    data: { ...abTest, ...decision },
  },
  "ab_test.cancelled": { version: 1, when: "it was cancelled", data: abTest },
  "job_graph.completed": { version: 1, when: "every job of a run is done or skipped", data: graphRun },
  "job_graph.failed": { version: 1, when: "a run ended with a failure", data: graphRun },
  "job_graph.cancelled": { version: 1, when: "a run was cancelled", data: graphRun },
  "reputation.changed": {
    version: 1,
    when: "a domain or a node of the tenant's own was warned, slowed down, stopped or let go on",
    data: reputation,
  },
  "alert.raised": { version: 1, when: "an alert of the tenant fires", data: alert },
  "alert.cleared": {
    version: 1,
    when: "an alert that was told has cleared",
    data: {
      ...alert,
      cleared_at: "when it cleared",
      reason: "recovered, or rule-gone when its rule was changed or removed",
    },
  },
  "webhook.disabled": {
    version: 1,
    when: "another endpoint of the tenant was disabled",
    data: {
      webhook_id: "the endpoint that was disabled",
      url: "its URL",
      reason: "the cause, such as gone or failing",
    },
  },
} as const satisfies Record<string, EventDefinition>;

export type WebhookEventType = keyof typeof webhookEvents;

/** Of an endpoint's own test; it is told to nobody else. */
export const testEventType = "webhook.test";

export const webhookEventTypes = Object.keys(webhookEvents) as WebhookEventType[];
