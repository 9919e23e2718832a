import MailComposer from "nodemailer/lib/mail-composer";
import type { SendContext } from "../../activities/delivery-ports.js";

/** The MIME tree of a send's messages without what differs from recipient to recipient. */
export interface Skeleton {
  /** Header fields in order, folded, without their last CRLF. Those of `perRecipient` hold nothing of use. */
  fields: string[];
  beforeText: string;
  beforeHtml: string;
  afterHtml: string;
}

/** Fields that each message has its own of. */
export const perRecipient = ["To", "Subject", "Message-ID", "Date", "List-Unsubscribe"] as const;
export type RecipientField = (typeof perRecipient)[number];

const textMark = "floe-text-of-the-message";
const htmlMark = "floe-html-of-the-message";

/** Composed once for a send, by nodemailer: multipart/alternative, text and html as quoted-printable. */
export async function composeSkeleton(send: SendContext): Promise<Skeleton> {
  const root = new MailComposer({
    from: { name: send.fromName ?? "", address: send.fromEmail },
    to: "to@floe.invalid",
    ...(send.replyTo === null ? {} : { replyTo: send.replyTo }),
    subject: "-",
    text: textMark,
    html: htmlMark,
    // Quoted-printable cannot contain `=_`, so no body can contain this boundary.
    boundaryPrefix: "=_floe",
    baseBoundary: "part",
    headers: {
      ...send.headers,
      "List-Unsubscribe": "<https://floe.invalid>",
      // Exactly this value (RFC 8058, 3.1).
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      // Gmail's feedback loop counts complaints by each of the first three, for the sender named last.
      "Feedback-ID": `${send.campaignId}:${send.tenantId}:${send.lane}:floe`,
    },
  }).compile();
  for (const part of root.childNodes) part.setHeader("Content-Transfer-Encoding", "quoted-printable");
  return cut((await root.build()).toString("latin1"));
}

function cut(message: string): Skeleton {
  const headEnd = message.indexOf("\r\n\r\n");
  const body = message.slice(headEnd + 4);
  const [beforeText, rest] = split(body, textMark);
  const [beforeHtml, afterHtml] = split(rest, htmlMark);
  return { fields: message.slice(0, headEnd).split(/\r\n(?![ \t])/), beforeText, beforeHtml, afterHtml };
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`The composed message lacks ${mark}.`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
