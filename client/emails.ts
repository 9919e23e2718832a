import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { v7 as uuidv7 } from "uuid";
import type { Email, EmailStore } from "../db/emails.js";
import type { NewEmail } from "../db/email-requests.js";
import type { TemplateContent } from "../db/templates.js";
import { Conflict, NotFound } from "../domain/errors.js";
import { createGroupCommit, createGroupCommits } from "../domain/group-commit.js";
import { isFinal } from "../domain/recipient-status.js";
import {
  emailRefSchema,
  emailResolutionSchema,
  emailSchema,
  emailsSchema,
  type EmailInput,
  type EmailRef,
  type EmailRequest,
  type EmailResolution,
  type EmailsQuery,
} from "./email-input.js";
import type { AcceptEmail } from "./email-requests.js";
import type { EmailWorkflow } from "./email-workflow.js";
import { parseInput } from "./input.js";

export type { Email, EmailRecipient } from "../db/emails.js";

/** Single emails: `email.send`. */
export interface Emails {
  /**
   * Sends one email: durable when it resolves. Repeating it with the same idempotency key is the same email, also when both
   * run at once.
   * @throws InvalidInput naming each field, NotFound (tenant, template, campaign), Conflict when the key was used for
   * another request. After Unavailable the email may have been taken in: repeat it under its key.
   */
  send(email: EmailInput): Promise<{ tenantId: string; emailId: string; created: boolean }>;
  /** @throws NotFound */
  status(email: EmailRef): Promise<Email>;
  /** Waits until every recipient is settled, for as long as that takes. @throws NotFound */
  wait(email: EmailRef): Promise<Email>;
  /** Stops what has not left. @throws NotFound, Conflict when nothing of it can be stopped any more. */
  cancel(email: EmailRef): Promise<Email>;
  /** Takes dead recipients up again, with no attempts spent. @throws NotFound */
  retry(email: EmailRef): Promise<{ revived: number }>;
  /**
   * Settles recipients that are held as `unknown`: `sent` by a person's word, or sent again under the same Message-ID.
   * @throws NotFound
   */
  resolveUnknown(choice: EmailResolution): Promise<{ resolved: number }>;
  /** Newest first; `before` is the last email id of the page before. */
  list(query: EmailsQuery): Promise<Email[]>;
}

/** Compiles the content, makes the text, finds the links. @throws InvalidInput with the part and its line. */
export type PrepareContent = (content: { subject: string; html: string; text?: string }) => TemplateContent;

export interface EmailPorts {
  store: EmailStore;
  accept: AcceptEmail;
  workflow: Pick<EmailWorkflow, "cancelled" | "revived">;
  prepare: PrepareContent;
}

/** Between two looks at an email that is waited for: soon at first. */
const firstPollMs = 25;
const longestPollMs = 1_000;
const loadedAtOnce = 500;

export function createEmails({ store, accept, workflow, prepare }: EmailPorts): Emails {
  const loadOne = createLoadEmail(store);
  const load = (ref: EmailRef): Promise<Email> => loadOne(parseInput(emailRefSchema, ref));

  return {
    async send(input) {
      const request = parseInput(emailSchema, input);
      const { tenantId, lane, onUnknown, sendAt, nodeId } = request;
      const group = { tenantId, lane, onUnknown, sendAt: sendAt ?? null, nodeId: nodeId ?? null };
      const accepted = await accept(group, toNewEmail(request, prepare));
      if (accepted.kind === "repeated") refuseDifferences(accepted, request);
      return { tenantId, emailId: accepted.emailId, created: accepted.kind === "created" };
    },

    status: load,

    async wait(ref) {
      for (let pollMs = firstPollMs; ; pollMs = Math.min(longestPollMs, pollMs * 1.5)) {
        const email = await load(ref);
        if (isFinal(email.status) && email.recipients.every(({ status }) => isFinal(status))) return email;
        await sleep(pollMs);
      }
    },

    async cancel(ref) {
      const { tenantId, emailId, groupId } = await load(ref);
      const cancelled = await store.cancelEmail(tenantId, emailId);
      // The ledger has it: a workflow that is not told only waits longer for nothing.
      if (cancelled > 0) await workflow.cancelled(groupId).catch(() => undefined);
      const email = await load(ref);
      if (cancelled === 0 && email.status !== "cancelled") throw tooLate(email);
      return email;
    },

    async retry(ref) {
      const email = await load(ref);
      const revived = await store.reviveEmail(email.tenantId, email.emailId);
      if (revived > 0) await workflow.revived(email);
      return { revived };
    },

    async resolveUnknown(choice) {
      const { as, ...ref } = parseInput(emailResolutionSchema, choice);
      const email = await load(ref);
      const resolved = await store.resolveUnknown(email.tenantId, email.emailId, as);
      // Also for one said to be sent: its workflow brings the analytics up to date.
      if (resolved > 0) await workflow.revived(email);
      return { resolved };
    },

    list: async (query) => {
      const { tenantId, ...page } = parseInput(emailsSchema, query);
      return store.listEmails(tenantId, page);
    },
  };
}

/** A thousand who wait for their emails look together. @throws NotFound */
function createLoadEmail(store: Pick<EmailStore, "loadEmails">): (ref: EmailRef) => Promise<Email> {
  const loadAll = async (refs: EmailRef[]): Promise<(Email | undefined)[]> => {
    const found = new Map((await store.loadEmails(refs)).map((email) => [keyOf(email), email]));
    return refs.map((ref) => found.get(keyOf(ref)));
  };
  // By tenant: who asks for one sees no rows of another.
  const load = createGroupCommits<EmailRef, Email | undefined>(
    ({ tenantId }) => tenantId,
    () => createGroupCommit(loadAll, (group) => group.length < loadedAtOnce),
  );
  return async (ref) => {
    const email = await load(ref);
    if (!email) throw new NotFound("email", ref.emailId);
    return email;
  };
}

function keyOf({ tenantId, emailId }: EmailRef): string {
  return `${tenantId} ${emailId.toLowerCase()}`;
}

function toNewEmail(request: EmailRequest, prepare: PrepareContent): NewEmail {
  const { template, subject = "", html = "", text, idempotencyKey } = request;
  return {
    emailId: uuidv7(),
    recipients: [
      { kind: "to", email: request.recipient },
      ...request.cc.map((email) => ({ kind: "cc" as const, email })),
      ...request.bcc.map((email) => ({ kind: "bcc" as const, email })),
    ],
    content: template !== undefined ? { template } : prepare({ subject, html, text }),
    variables: request.variables,
    campaignId: request.campaignId ?? null,
    fromEmail: request.fromEmail ?? null,
    fromName: request.fromName ?? null,
    replyTo: request.replyTo ?? null,
    headers: request.headers,
    trackOpens: request.track.opens ?? null,
    trackClicks: request.track.clicks ?? null,
    onMissingVariable: request.onMissingVariable,
    requestedBy: request.actor ?? null,
    attachments: request.attachments.map(({ filename, content, contentType, contentId }) => ({
      ...{ filename, content },
      contentType: contentType ?? null,
      contentId: contentId ?? null,
    })),
    idempotencyKey: idempotencyKey ?? null,
    fingerprint: idempotencyKey === undefined ? null : fingerprintOf(request),
  };
}

/** Whoever asks, under the same key it is the same email. */
const ofNoEmail = ["tenantId", "idempotencyKey", "actor"];

/** A hash of each field as it was asked for: a template's name, not the version that it had then. */
function fingerprintOf(request: EmailRequest): Record<string, string> {
  const files = request.attachments.map(({ content, ...file }) => ({ ...file, content: hashOf(content) }));
  return Object.fromEntries(
    Object.entries({ ...request, attachments: files })
      .filter(([name, value]) => !ofNoEmail.includes(name) && value !== undefined)
      .map(([name, value]) => [name, hashOf(JSON.stringify(value, sortedKeys))]),
  );
}

function hashOf(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("base64url").slice(0, 22);
}

/** The order of an object's keys is nobody's intention. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function refuseDifferences(
  { emailId, differences }: { emailId: string; differences: string[] },
  { idempotencyKey }: EmailRequest,
): void {
  if (differences.length === 0) return;
  throw new Conflict(
    `idempotencyKey: was used before for a request with another ${differences.join(", ")}; use a new key.`,
    { idempotencyKey, emailId, fields: differences },
  );
}

function tooLate({ emailId, status }: Email): Conflict {
  const open = status === "pending" || status === "deferred";
  const why = open ? "is on the wire right now, or may have been when a worker died" : `is ${status}`;
  return new Conflict(`Email ${emailId} ${why}; it cannot be cancelled.`, { emailId, status });
}
