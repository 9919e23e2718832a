import MailComposer from "nodemailer/lib/mail-composer";
import { domainToASCII } from "node:url";
import type { Composed, Composer, Delivery } from "../activities/delivery-ports.js";
import type {
  EmailAttachment,
  EmailMessage,
  EmailMessages,
  EmailRenderer,
} from "../activities/email-ports.js";
import { createCache } from "./cache.js";
import { compileTemplate, type CompiledTemplate, type RenderedMessage } from "./compiled-template.js";
import type { DkimSigner } from "./dkim.js";
import { createMessageId } from "./message-id.js";
import { MissingVariable } from "./rendering.js";
import { createSigners, type LoadDkimKeys } from "./signers.js";
import { createLinks, listUnsubscribe, type LinkOptions } from "./tracking-links.js";

export interface SingleComposerOptions extends LinkOptions {
  messages: EmailMessages;
  loadDkimKeys: LoadDkimKeys;
}

/** Longest rendered subject, in characters. */
const subjectLimit = 2_000;

/**
 * Composes single emails with nodemailer's MailComposer: attachments, cc, inline images. The octets follow from the email
 * alone (its date, Message-ID and boundaries are its own), so that each address of the envelope and each attempt gets the
 * same message; only the DKIM signature's time differs. Blind copies are in no header.
 */
export function createSingleComposer(options: SingleComposerOptions): Composer<Delivery> & EmailRenderer {
  const templates = createCache<CompiledTemplate>(200);
  const signerOf = createSigners(options.loadDkimKeys);

  function render(message: EmailMessage): { rendered: RenderedMessage; unsubscribe: string } {
    // A pixel needs an html part to stand in.
    const trackOpens = message.trackOpens && message.template.html !== "";
    const { template, trackClicks } = message;
    const compiled = templates.get([template.templateVersionId, trackOpens, trackClicks].join(), () =>
      compileTemplate({ template, trackOpens, trackClicks }),
    );
    const ref = { sendId: message.emailId, contactId: String(message.position) };
    const links = createLinks(options, ref);
    const variables = { ...message.variables, unsubscribe_url: links.unsubscribe };
    const rendered = compiled.render({ variables, links }, message.onMissingVariable === "refuse");
    if (rendered.subject.length > subjectLimit)
      throw new Error(`subject longer than ${subjectLimit} characters`);
    return { rendered, unsubscribe: listUnsubscribe(options, ref, links.unsubscribe) };
  }

  return {
    findProblem(message) {
      try {
        render(message);
        return null;
      } catch (error) {
        return problemOf(error);
      }
    },

    async compose(group, recipients): Promise<Composed[]> {
      const positions = recipients.map(({ position }) => position);
      const messages = await options.messages.loadMessages(group.sendId, positions);
      const composed = new Map<string, Promise<Composed>>();
      // One message for all addresses of its envelope.
      for (const message of messages) composed.set(message.emailId, composeOne(message));
      return Promise.all(
        recipients.map(async ({ origin }) => (await composed.get(origin?.sendId ?? "")) ?? gone),
      );
    },
  };

  async function composeOne(message: EmailMessage): Promise<Composed> {
    let parts;
    try {
      parts = render(message);
    } catch (error) {
      return { kind: "skipped", ...problemOf(error) };
    }
    const attachments =
      message.attachments === 0 ? [] : await options.messages.loadAttachments(message.emailId);
    const domain = domainToASCII(message.fromEmail.slice(message.fromEmail.lastIndexOf("@") + 1));
    const messageId = createMessageId(options.tokens, { sendId: message.emailId, contactId: null }, domain);
    const built = await build({ message, ...parts, attachments, messageId });
    const signer = await signerOf(message.tenantId, domain);
    return { kind: "composed", bytes: await signed(built, signer) };
  }
}

/** Settled since it was loaded: the ledger takes no second settlement. */
const gone: Composed = {
  kind: "skipped",
  reason: "invalid-message",
  detail: "settled while it was composed",
};

interface Parts {
  message: EmailMessage;
  rendered: RenderedMessage;
  /** The whole field. */
  unsubscribe: string;
  attachments: EmailAttachment[];
  messageId: string;
}

function build({ message, rendered, unsubscribe, attachments, messageId }: Parts): Promise<Buffer> {
  const addressesOf = (kind: "to" | "cc") =>
    message.addresses.filter((address) => address.kind === kind).map(({ email }) => email);
  const name = typeof message.variables.name === "string" ? message.variables.name.slice(0, 200) : "";
  const composer = new MailComposer({
    from: { name: message.fromName ?? "", address: message.fromEmail },
    to: addressesOf("to").map((address) => ({ name, address })),
    cc: addressesOf("cc"),
    ...(message.replyTo !== null && { replyTo: message.replyTo }),
    subject: rendered.subject.trim(),
    ...(rendered.text !== "" && { text: rendered.text }),
    ...(rendered.html !== "" && { html: rendered.html }),
    messageId,
    date: message.date,
    headers: headersOf(message, unsubscribe),
    attachments: attachments.map(({ filename, contentType, contentId, content }) => ({
      ...{ filename, content },
      ...(contentType !== null && { contentType }),
      ...(contentId === null ? {} : { cid: contentId, contentDisposition: "inline" }),
    })),
    baseBoundary: message.emailId.replaceAll("-", ""),
    newline: "windows",
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

function headersOf(message: EmailMessage, unsubscribe: string) {
  const own = Object.entries(message.headers).map(([key, value]) => ({ key, value }));
  if (!message.bulk) return own;
  const prepared = (key: string, value: string) => ({ key, value: { prepared: true, value } });
  return [
    ...own,
    prepared("List-Unsubscribe", unsubscribe),
    // Exactly this value (RFC 8058, 3.1).
    prepared("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    prepared("Feedback-ID", `${message.campaignId ?? ""}:${message.tenantId}:${message.lane}:floe`),
  ];
}

/** The message with its signatures before it; its body ends with exactly one line end, as signing demands. */
async function signed(built: Buffer, signer: DkimSigner | null): Promise<Buffer> {
  const headEnd = built.indexOf("\r\n\r\n");
  const head = built.subarray(0, headEnd).toString("utf8");
  let bodyEnd = built.length;
  while (bodyEnd >= headEnd + 6 && built.toString("latin1", bodyEnd - 2, bodyEnd) === "\r\n") bodyEnd -= 2;
  const body = Buffer.concat([built.subarray(headEnd + 4, bodyEnd), Buffer.from("\r\n")]);
  const signatures = signer ? await signer.sign(head.split(/\r\n(?![ \t])/), body) : [];
  return Buffer.concat([Buffer.from([...signatures, head].join("\r\n") + "\r\n\r\n"), body]);
}

function problemOf(error: unknown) {
  if (error instanceof MissingVariable)
    return { reason: "missing-variable" as const, detail: error.variable };
  const detail = error instanceof Error ? error.message.slice(0, 200) : "cannot be rendered";
  return { reason: "invalid-message" as const, detail };
}
