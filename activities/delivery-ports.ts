/**
 * What delivering a batch needs of the world. Adapters: `db/ledger`, `db/sends`, `db/nodes` (Postgres), `throttle/journal`,
 * `throttle/permits` (Redis), `mail/composer`, `mail/transport` (SMTP). Every method rejects with `Unavailable` (or the
 * driver's own error) while its part is away and may be called again.
 */
import type { Lane } from "../domain/lanes.js";
import type { OnUnknown, SendOutcome, Settlement, SkipReason } from "../domain/outcome.js";
import type { Permit, PermitRequest, UnusedPermits } from "../domain/permits.js";
import type { RecipientStatus } from "../domain/recipient-status.js";
import type { SendStatus } from "../domain/send-status.js";
import type { Slowing } from "../domain/suspensions.js";

/** What delivering needs to know of whose recipients it delivers: a send of a campaign, or a group of single emails. */
export interface Delivery {
  /** The send's id, or the group's. */
  sendId: string;
  tenantId: string;
  lane: Lane;
  onUnknown: OnUnknown;
  /** 'auto', 'internal' or an ESP relay's provider name. */
  providerChoice: string;
  /** The only node it may leave from; null or absent: any. */
  nodeId?: string | null;
  /** Its domain is the envelope sender's where a node has no domain of its own for that. */
  fromEmail: string;
}

/** What all recipients of one send share; constant while the send runs. */
export interface SendContext extends Delivery {
  /** First day of the send's month, `YYYY-MM-DD`: the ledger's partition. */
  sendMonth: string;
  campaignId: string;
  onMissingVariable: "empty" | "refuse";
  trackOpens: boolean;
  trackClicks: boolean;
  fromName: string | null;
  replyTo: string | null;
  /** Additional headers the tenant set, checked against injection when they were saved. */
  headers: Record<string, string>;
  template: TemplateVersion;
}

export interface TemplateVersion {
  templateVersionId: string;
  subject: string;
  preheader: string | null;
  html: string;
  text: string;
  /** Static link targets; a tracked click names its place here. */
  links: string[];
}

/** What may change while a send runs: its status (pause, cancel) and its rate (setRate). */
export interface SendControl {
  status: SendStatus;
  perSecond: number | null;
}

/** A batch as claimed. Its recipients are the unsettled rows in [fromContact, toContact] with its `dueAt`. */
export interface Batch {
  sendId: string;
  batchNo: number;
  round: number;
  fromContact: string;
  toContact: string;
  firstPosition: number;
  recipients: number;
  /** ISO instant, or null. */
  dueAt: string | null;
}

export interface BatchClaim {
  batch: Batch;
  /** Set when an earlier attempt left without releasing: what it announced is in the journal. */
  previousToken: string | null;
}

export interface BatchCounts {
  sent: number;
  deferred: number;
  /** bounced + dead + suppressed + cancelled + unknown */
  failed: number;
  /** Rows still pending: the batch was released before it was done. */
  pending: number;
}

/** A row of the ledger that this batch has to settle. */
export interface Recipient {
  contactId: string;
  position: number;
  email: string;
  domain: string;
  /** Who runs the mailbox, when more is known of that than the domain says. */
  mailboxProvider?: string;
  status: RecipientStatus;
  attempts: number;
  possibleDuplicate: boolean;
  /** Suppressed (by tenant or globally, by address or domain) since the snapshot. */
  suppressed: boolean;
  /** Handlebars input: email, first_name, last_name, name, and the attributes. */
  variables: Record<string, unknown>;
  /** Whose message it is when those of one batch differ in that: what a bounce is to name. */
  origin?: { sendId: string; contactId: string; fromEmail: string };
}

export interface Ledger<Send extends Delivery = SendContext> {
  /** Takes the batch over: whatever token it carried is replaced. Null when the batch is finished already. */
  claimBatch(sendId: string, batchNo: number, token: string): Promise<BatchClaim | null>;
  /** Rows the batch must settle, by contact id: `pending` in round 0, `deferred` with `attempts > 0` in a retry round. */
  loadRecipients(send: Send, batch: Batch): Promise<Recipient[]>;
  /** Flags rows as possibly sent twice before they go again; returns the contact ids that are still unsettled. */
  markPossibleDuplicates(send: Send, contactIds: string[]): Promise<string[]>;
  /**
   * Writes settlements in one statement, guarded by the token and by the row's status; `dead` also opens a dead letter,
   * `bounced` also suppresses the address. Settlements with status `pending` are not allowed.
   * @throws OwnershipLost when the batch carries another token.
   */
  settle(send: Send, batch: Batch, token: string, settlements: Settlement[]): Promise<void>;
  /** Gives the batch up: finished when no row of it is pending. */
  releaseBatch(send: Send, batch: Batch, token: string): Promise<BatchCounts>;
}

/** The announce/accept journal: two bitmaps a batch, bit = position − firstPosition. */
export interface Journal {
  /** False: what was accepted is known once it is settled, and is settled at once. Default true. */
  readonly marksAcceptances?: boolean;
  /**
   * Atomically makes `token` the journal's owner and returns what stood in it. `existed` is false for a journal that was
   * neither reset nor announced in: nobody opened the batch, or Redis has lost it.
   */
  takeOver(batch: BatchKey, token: string): Promise<JournalState>;
  /** Begins the journal with both bitmaps empty: nothing of the batch is in doubt. @throws OwnershipLost */
  reset(batch: BatchKey, token: string): Promise<void>;
  /**
   * Before a message goes on the wire. Answers once: null when the announcement outlives a crash; else why it was not made:
   * OwnershipLost when another token owns the journal, Conflict when the recipient was settled meanwhile (cancelled),
   * Unavailable.
   */
  announce(batch: BatchKey, token: string, bits: number[], answer: (refusal: Error | null) => void): void;
  /** Marks an acceptance without waiting; marks of the same moment share a command. Survives a Redis restart by retrying. */
  accept(batch: BatchKey, bit: number): void;
  /** Takes announcements back whose messages are known not to have been accepted. */
  withdraw(batch: BatchKey, bits: number[]): void;
  /** Removes the journal of a released batch. */
  drop(batch: BatchKey): Promise<void>;
}

export interface BatchKey {
  sendId: string;
  batchNo: number;
}

export interface JournalState {
  existed: boolean;
  announced: ReadonlySet<number>;
  accepted: ReadonlySet<number>;
}

export interface Permits {
  /** Grants what fits all limits at once. @throws Unavailable while Redis is away: never unlimited. */
  acquire(request: PermitRequest, sendPerSecond: number | null): Promise<Permit>;
  /** Ends the permit's concurrency leases, and gives back what did not leave. Without waiting. */
  release(leaseId: string | null, unused?: UnusedPermits): void;
  /** A provider asked for a slower pace: halves the adaptive rate of the path, and suspends it for as long as was asked. */
  slowDown(slowing: Slowing): Promise<void>;
}

/** A node mail can leave from, as routing sees it. */
export interface SendNode {
  nodeId: string;
  provider: string;
  host: string;
  port: number;
  secure: boolean;
  /** Where it is not secure from the first byte; `required`: no mail leaves in clear. */
  starttls: "opportunistic" | "required";
  /** PEM: the only authorities that vouch for it; null: those that the system trusts. */
  tlsCa: string | null;
  /** Name that its certificate must have; null: its host. */
  tlsServerName: string | null;
  username: string | null;
  password: string | null;
  returnPathDomain: string | null;
  weight: number;
  maxConnections: number;
  maxMessagesPerConnection: number;
  /** Why nothing may leave from it now, in a sentence; absent: it may. */
  problem?: string;
}

export interface SendDirectory<Send extends Delivery = SendContext> {
  /** @throws NotFound */
  loadSend(sendId: string): Promise<Send>;
  loadControl(sendId: string): Promise<SendControl>;
  /** Active nodes the tenant may use, its own and the shared ones. */
  loadNodes(tenantId: string): Promise<SendNode[]>;
}

export type Composed =
  { kind: "composed"; bytes: Buffer } | { kind: "skipped"; reason: SkipReason; detail: string };

/** Turns a template version and recipients into the bytes of a message each (headers and body, CRLF, not dot-stuffed). */
export interface Composer<Send extends Delivery = SendContext> {
  /** In order. A group at once: one promise for all, and signing with RSA runs on the thread pool. */
  compose(send: Send, recipients: readonly Recipient[]): Promise<Composed[]>;
}

export interface Envelope {
  from: string;
  to: string;
}

/** Who runs the mailboxes of domains that somebody hosts. Adapter: `workers/receivers`. */
export interface Receivers {
  /** Loads what is known of those that this process does not know; never rejects. */
  learn(domains: Iterable<string>): Promise<void>;
  /** Undefined: nobody known, or not known yet. */
  providerOf(domain: string): string | undefined;
}

/** Makes the envelope sender that brings a recipient's bounce back, and that nobody else can make. */
export interface ReturnPaths {
  address(recipient: { sendId: string; contactId: string }, domain: string): string;
}

/** Names the recipient in a message so that the node's provider hands the name back with all that it tells of it. */
export interface CallbackMarks {
  /** The message, marked where the node is the relay of a provider that tells by callbacks. */
  mark(node: SendNode, recipient: { sendId: string; contactId: string }, bytes: Buffer): Buffer;
}

export interface OutgoingMessage {
  envelope: Envelope;
  bytes: Buffer;
  /** Whose limits it falls under; absent: told by the envelope's domain. */
  mailboxProvider?: string;
  /** Takes the next connection before those that are not. */
  isUrgent?: boolean;
  /**
   * Asked once, before the first octet of the bytes is written. When it answers false, none ever is, and the outcome is
   * `deferred` as `withheld`. Absent: the message may leave.
   */
  mayLeave?(answer: (allowed: boolean) => void): void;
  /** Asked before its envelope and before its bytes are written: true when it may not leave any more. Absent: it may. */
  isWithheld?(): boolean;
  /** Told once what came of it. Must not throw. */
  settle(outcome: SendOutcome): void;
}

/** Takes a message and settles it; never throws for what a server did. Callbacks, because a worker's promises are dear. */
export interface Transport {
  transmit(node: SendNode, message: OutgoingMessage): void;
  /** Finishes what is on the wire, then closes every connection. */
  close(): Promise<void>;
}
