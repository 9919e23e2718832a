import { domainToASCII } from "node:url";
import type { Composed, Composer, Recipient, SendContext } from "../activities/delivery-ports.js";
import { createCache } from "./cache.js";
import { bodyHash, signedField, type DkimSigner, type SignedField } from "./dkim.js";
import { addressField, headerField, headerProblems } from "./headers.js";
import { createMessageId } from "./message-id.js";
import { compileMessagePlan, type MessagePlan } from "./plan/message-plan.js";
import type { RecipientField } from "./plan/skeleton.js";
import { MissingVariable } from "./rendering.js";
import { createSigners, type LoadDkimKeys } from "./signers.js";
import { Slab } from "./slab.js";
import { createLinks, listUnsubscribe, type LinkOptions } from "./tracking-links.js";

export interface ComposerOptions extends LinkOptions {
  loadDkimKeys: LoadDkimKeys;
}

/** Longest rendered subject, in characters. */
const subjectLimit = 2_000;
/** A plan holds its template about three times. */
const plansKept = 100;

/**
 * Composes multipart/alternative messages (text, then html) from their send's plan.
 *
 * Skips `missing-variable` when the send refuses them (detail: its name) and `invalid-message` when the sender fields are
 * not valid or rendering exceeds its limits.
 */
export function createComposer(options: ComposerOptions): Composer {
  const signerFor = createSigners(options.loadDkimKeys);
  const sends = createCache<Promise<SendParts>>(plansKept);
  const slab = new Slab();

  return {
    async compose(send, recipients) {
      const parts = await sends.get(send.sendId, () => prepare(send));
      if (parts.kind === "invalid") return recipients.map(() => invalid(parts.problem));
      const signer = await signerFor(send.tenantId, parts.domain);
      const messages = recipients.map((recipient) => fill({ options, send, parts, recipient }));
      if (!signer) return messages.map((message) => finish(message, []));
      return Promise.all(
        messages.map(async (message) => finish(message, await signatures(signer, parts, message))),
      );
    },
  };

  function finish(message: Filled | Composed, signatures: readonly string[]): Composed {
    if (message.kind !== "filled") return message;
    const head = [...signatures, ...message.fields].join("\r\n");
    return { kind: "composed", bytes: slab.write(`${head}\r\n\r\n${message.body}`) };
  }
}

/** What a send's messages share. */
type SendParts = { kind: "invalid"; problem: string } | PlannedSend;

interface PlannedSend {
  kind: "planned";
  plan: MessagePlan;
  /** Of the From address, as A-label. */
  domain: string;
  /** What DKIM signs of the fields that all messages share: null for nothing, undefined for each message's own. */
  signed: (SignedField | null | undefined)[];
}

async function prepare(send: SendContext): Promise<SendParts> {
  const [problem] = headerProblems(send);
  if (problem) return { kind: "invalid", problem: `${problem.field} ${problem.problem}` };
  const plan = await compileMessagePlan(send);
  return {
    kind: "planned",
    plan,
    domain: domainToASCII(send.fromEmail.slice(send.fromEmail.lastIndexOf("@") + 1)),
    signed: plan.fields.map((field) => (typeof field === "string" ? signedField(field) : undefined)),
  };
}

/** A message but for its signatures. */
interface Filled {
  kind: "filled";
  fields: string[];
  body: string;
}

interface FillInput {
  options: ComposerOptions;
  send: SendContext;
  parts: PlannedSend;
  recipient: Recipient;
}

function fill({ options, send, parts, recipient }: FillInput): Filled | Composed {
  const { plan, domain } = parts;
  const ref = { sendId: send.sendId, contactId: recipient.contactId };
  const links = createLinks(options, ref);
  const variables = { ...recipient.variables, unsubscribe_url: links.unsubscribe };
  const renderOptions = { refuseMissing: send.onMissingVariable === "refuse", links };
  try {
    const subject = plan.subject(variables, renderOptions);
    if (subject.length > subjectLimit) return invalid(`subject longer than ${subjectLimit} characters`);
    const own: Record<RecipientField, string> = {
      To: addressField("To", recipient.email, nameOf(recipient)),
      Subject: headerField("Subject", subject.trim()),
      "Message-ID": `Message-ID: ${createMessageId(options.tokens, ref, domain)}`,
      Date: `Date: ${dateNow()}`,
      "List-Unsubscribe": `List-Unsubscribe: ${listUnsubscribe(options, ref, links.unsubscribe)}`,
    };
    const fields = plan.fields.map((field) => (typeof field === "string" ? field : own[field.own]));
    return { kind: "filled", fields, body: plan.body(variables, renderOptions) };
  } catch (error) {
    if (error instanceof MissingVariable)
      return { kind: "skipped", reason: "missing-variable", detail: error.variable };
    return invalid(error instanceof Error ? error.message.slice(0, 200) : "cannot be rendered");
  }
}

async function signatures(
  signer: DkimSigner,
  { signed }: PlannedSend,
  message: Filled | Composed,
): Promise<string[]> {
  if (message.kind !== "filled") return [];
  const fields = message.fields.map((field, at) =>
    signed[at] === undefined ? signedField(field) : signed[at],
  );
  return signer.signFields(
    fields.filter((field) => field !== null && field !== undefined),
    bodyHash(message.body),
  );
}

function invalid(detail: string): Composed {
  return { kind: "skipped", reason: "invalid-message", detail };
}

function nameOf(recipient: Recipient): string {
  const { name } = recipient.variables;
  return typeof name === "string" ? name.slice(0, 200) : "";
}

let date = { second: 0, text: "" };

/** RFC 5322 date, formatted once a second. */
function dateNow(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== date.second)
    date = { second, text: new Date(second * 1000).toUTCString().replace("GMT", "+0000") };
  return date.text;
}
