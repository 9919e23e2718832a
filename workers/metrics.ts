import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { InboundReport, InboundResult } from "../domain/bounces.js";
import type { Lane } from "../domain/lanes.js";
import type { Channel } from "../domain/notification-kinds.js";
import type { SequenceCount } from "../domain/sequence-counts.js";
import type { Slowing, Suspension } from "../domain/suspensions.js";
import type { Settlement } from "../domain/outcome.js";
import type { StandingGauges } from "./standing-sampler.js";

/** Job names as operators know them; an activity that is not named here goes by its own name. */
const jobOfActivity: Record<string, string> = {
  sendBatch: "email.send",
  transmitEmails: "email.send",
  importContacts: "import.contacts",
  exportData: "export.data",
  snapshotPage: "campaign.process",
  serveWebhook: "webhook.dispatch",
  serveNotifications: "notification.send",
};

export interface WorkerMetrics {
  registry: Registry;
  jobCompleted(activity: string, seconds: number): void;
  jobFailed(activity: string, seconds: number): void;
  settled(event: { lane: Lane; settlements: readonly Settlement[] }): void;
  permit(event: { limit: string | null; granted: number; held: number }): void;
  /** A reply asked for a slower pace. */
  throttled(slowing: Pick<Slowing, "mailboxProvider" | "throttle">): void;
  /** The mail servers of a domain were looked up. */
  mailDomainLooked(answer: string): void;
  /** All paths that are suspended now. */
  suspended(suspensions: readonly Pick<Suspension, "mailboxProvider">[]): void;
  abTestDecided(reason: string): void;
  /** What mailboxes of the warmup pool did, or where their letters were found. */
  warmupPooled(what: string): void;
  warmupPlanned(day: { kind: string; decision: string }): void;
  sequencesMoved: (counts: readonly SequenceCount[]) => void;
  deadLettersReplayed(letters: number): void;
  webhookAttempted(event: { outcome: string; durationMs: number }): void;
  webhooksUnderWay(change: 1 | -1): void;
  /** Deliveries of notifications: sent, to be tried again, failed for good, left out. */
  notified: (event: { channel: Channel; result: string; deliveries: number }) => void;
  /** Rows that left or came, by kind: `import`, `export`; and what became of them. */
  rowsMoved(kind: "import" | "export", result: string, rows: number): void;
  /** A message that came back was read. */
  inboundRead(message: { report: InboundReport; result: InboundResult; isDmarc: boolean }): void;
  /** Somebody wrote to a return path that was never made. */
  inboundRefused(): void;
  /** The mailbox of this host was opened, or is away. */
  inboundMailbox(host: string, isOpen: boolean): void;
  /** A question to a blacklist was answered, or failed. */
  blacklistAsked: (answer: string) => void;
  standing: StandingGauges;
  queueDepth(queue: string, tasks: number): void;
  loadFactor: (factor: number) => void;
  secretUnreadable(): void;
}

/** Prometheus metrics of one worker process. */
export function createMetrics(role: string): WorkerMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const completed = new Counter({
    name: "jobs_completed_total",
    help: "Jobs (activities) that completed.",
    labelNames: ["job"],
    registers,
  });
  const failed = new Counter({
    name: "jobs_failed_total",
    help: "Job attempts that failed; Temporal retries them.",
    labelNames: ["job"],
    registers,
  });
  const duration = new Histogram({
    name: "job_duration_seconds",
    help: "Duration of one job attempt.",
    labelNames: ["job"],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300],
    registers,
  });
  const sends = new Counter({
    name: "sends_total",
    help: "Attempts settled in the ledger, by the status they led to.",
    labelNames: ["lane", "status"],
    registers,
  });
  const duplicates = new Counter({
    name: "sends_possible_duplicates_total",
    help: "Settled recipients that may have got a message twice.",
    labelNames: ["lane"],
    registers,
  });
  const permits = new Counter({
    name: "permits_total",
    help: "Messages a limit granted or held back.",
    labelNames: ["limit", "result"],
    registers,
  });
  const throttles = new Counter({
    name: "provider_throttles_total",
    help: "Replies of mailbox providers that asked for a slower pace, by the rule that recognised them.",
    labelNames: ["mailbox_provider", "rule"],
    registers,
  });
  const suspendedPaths = new Gauge({
    name: "provider_suspensions",
    help: "Nodes that a mailbox provider (*: all) takes nothing or next to nothing from. Several orchestrators show the same.",
    labelNames: ["mailbox_provider"],
    registers,
  });
  const mailDomains = new Counter({
    name: "mail_domain_lookups_total",
    help: "Domains whose mail servers were looked up: somebody known runs them, nobody known does, absent, failed.",
    labelNames: ["answer"],
    registers,
  });
  const decisions = new Counter({
    name: "ab_test_decisions_total",
    help: "Choices of A/B tests, by reason; also those that were left to a person.",
    labelNames: ["reason"],
    registers,
  });
  const warmupPool = new Counter({
    name: "warmup_pool_total",
    help: "What mailboxes of the warmup pool wrote, found and did.",
    labelNames: ["what"],
    registers,
  });
  const warmupDays = new Counter({
    name: "warmup_days_total",
    help: "Days of warmups that were planned, by what is warmed up and what was decided.",
    labelNames: ["kind", "decision"],
    registers,
  });
  const sequenceContacts = new Counter({
    name: "sequence_contacts_total",
    help: "Contacts of sequences: enrolled, steps sent (on time or late) and skipped, exited, finished, cancelled.",
    labelNames: ["event", "reason"],
    registers,
  });
  const webhooks = new Histogram({
    name: "webhook_attempt_seconds",
    help: "Requests to webhooks, by the answer's class or why there was none.",
    labelNames: ["outcome"],
    buckets: [0.05, 0.2, 0.5, 1, 5, 15, 60],
    registers,
  });
  const underWay = new Gauge({
    name: "webhook_requests_active",
    help: "Requests to webhooks that are under way.",
    registers,
  });
  const notified = new Counter({
    name: "notification_deliveries_total",
    help: "Deliveries of notifications by channel: sent, retried (an attempt that failed), failed for good, skipped.",
    labelNames: ["channel", "result"],
    registers,
  });
  const replayed = new Counter({
    name: "dead_letters_replayed_total",
    help: "Dead letters taken up again by replays.",
    registers,
  });
  const depth = new Gauge({
    name: "queue_depth",
    help: "Tasks waiting on a task queue (approximate).",
    labelNames: ["queue"],
    registers,
  });
  const rows = new Counter({
    name: "rows_total",
    help: "Rows of imports (imported, refused) and exports (exported).",
    labelNames: ["kind", "result"],
    registers,
  });
  const inbound = new Counter({
    name: "inbound_messages_total",
    help: "Messages that came back and were read, by kind, class of bounces, and what followed.",
    labelNames: ["kind", "class", "result"],
    registers,
  });
  const dmarc = new Counter({
    name: "dmarc_reports_total",
    help: "DMARC aggregate reports that came by mail, by what was done with them.",
    labelNames: ["result"],
    registers,
  });
  const forged = new Counter({
    name: "inbound_refused_total",
    help: "Recipients refused by the inbound listener: return paths that are not signed, or forged.",
    registers,
  });
  const mailbox = new Gauge({
    name: "inbound_mailbox_up",
    help: "1 while the mailbox for returned mail is open, 0 while it is away; absent where none is polled.",
    labelNames: ["host"],
    registers,
  });
  const asked = new Counter({
    name: "blacklist_questions_total",
    help: "Questions to DNS blacklists, by answer: addresses, none, failed.",
    labelNames: ["answer"],
    registers,
  });
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ["kind", "status"], registers });
  const load = new Gauge({
    name: "floe_system_load_factor",
    help: "What load leaves of the adaptive rate limits: 1 is all of them. The same in every process.",
    registers,
  });
  load.set(1);
  const unreadable = new Counter({
    name: "secrets_unreadable_total",
    help: "Times a password of a node, a DKIM key or a secret of a webhook could not be decrypted.",
    registers,
  });

  return {
    registry,
    jobCompleted(activity, seconds) {
      completed.inc({ job: jobOfActivity[activity] ?? activity });
      duration.observe({ job: jobOfActivity[activity] ?? activity }, seconds);
    },
    jobFailed(activity, seconds) {
      failed.inc({ job: jobOfActivity[activity] ?? activity });
      duration.observe({ job: jobOfActivity[activity] ?? activity }, seconds);
    },
    settled({ lane, settlements }) {
      for (const { status, possibleDuplicate } of settlements) {
        sends.inc({ lane, status });
        if (possibleDuplicate) duplicates.inc({ lane });
      }
    },
    permit({ limit: heldBy, granted, held }) {
      // `tenant:acme rate` counts as `tenant rate`: a label of each tenant would be a series of each.
      const limit = heldBy?.replace(/:\S+/, "") ?? "none";
      if (granted > 0) permits.inc({ limit, result: "granted" }, granted);
      if (held > 0) permits.inc({ limit, result: "held" }, held);
    },
    throttled: ({ mailboxProvider, throttle: { rule } }) =>
      throttles.inc({ mailbox_provider: mailboxProvider, rule }),
    mailDomainLooked: (answer) => mailDomains.inc({ answer }),
    suspended(suspensions) {
      suspendedPaths.reset();
      for (const { mailboxProvider } of suspensions)
        suspendedPaths.inc({ mailbox_provider: mailboxProvider });
    },
    rowsMoved: (kind, result, count) => rows.inc({ kind, result }, count),
    inboundRead: ({ report, result, isDmarc }) => {
      if (isDmarc) dmarc.inc({ result: result === "unmatched" ? "refused" : result });
      inbound.inc({
        kind: report.kind,
        class: report.kind === "bounce" ? report.bounceClass : "none",
        result,
      });
    },
    inboundRefused: () => forged.inc(),
    inboundMailbox: (host, isOpen) => mailbox.set({ host }, isOpen ? 1 : 0),
    blacklistAsked: (answer) => asked.inc({ answer }),
    standing: {
      work: gauge(
        "open_work",
        "Imports, exports, sends, sequences, A/B tests and job graphs that have not ended.",
      ),
      "dead-letters": gauge(
        "dead_letters",
        "Dead letters that wait for a person, by kind; and how many were ever purged.",
      ),
      warmups: gauge("warmups", "Warmups that have not ended; paused ones by who paused them."),
      "reputation-gates": gauge(
        "reputation_gates",
        "Domains and nodes by how their gate stands: none, warn, slow, stop.",
      ),
      "reputation-scores": gauge(
        "reputation_scores",
        "Domains, nodes and mailbox providers of tenants by their score: bad (below 50), poor (below 70), good; none without enough mail.",
      ),
      findings: gauge(
        "maintenance_findings",
        "What a maintenance job found within a day, by what was done about it.",
      ),
      blacklists: gauge(
        "blacklist_standings",
        "What DNS blacklists say, by list: addresses and domains that are listed, clean or unknown; broken: 1 when not believed.",
      ),
      webhooks: gauge(
        "webhook_deliveries",
        "Deliveries that are not made yet: first or again; due, waiting or kept.",
      ),
      "webhook-ages": gauge(
        "webhook_oldest_delivery_seconds",
        "Age of the oldest of these, also of those that wait for another attempt.",
      ),
    },
    loadFactor: (factor) => load.set(factor),
    secretUnreadable: () => unreadable.inc(),
    abTestDecided: (reason) => decisions.inc({ reason }),
    warmupPooled: (what) => warmupPool.inc({ what }),
    warmupPlanned: ({ kind, decision }) => warmupDays.inc({ kind, decision }),
    sequencesMoved(counts) {
      for (const { event, reason, contacts } of counts) sequenceContacts.inc({ event, reason }, contacts);
    },
    notified: ({ channel, result, deliveries }) => notified.inc({ channel, result }, deliveries),
    webhooksUnderWay: (change) => underWay.inc(change),
    webhookAttempted: ({ outcome, durationMs }) => webhooks.observe({ outcome }, durationMs / 1_000),
    deadLettersReplayed: (letters) => replayed.inc(letters),
    queueDepth: (queue, tasks) => depth.set({ queue }, tasks),
  };
}
