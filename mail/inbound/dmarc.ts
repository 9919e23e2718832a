import type { Attachment, Email } from "postal-mime";
import { UnreadableReport, type DmarcReport } from "../../domain/dmarc.js";
import { readDmarcReport } from "../dmarc/report.js";

export type DmarcMessage = { kind: "read"; report: DmarcReport } | { kind: "refused"; problem: string };

const mediaTypes = /^(application\/(x-)?(gzip|gzip-compressed|zip|zip-compressed|xml)|text\/xml)$/;
/** `receiver!domain!begin!end[!id].xml.gz` (RFC 7489, 7.2.1.1). */
const fileNames = /^[^!\s]+![^!\s]+!\d+!\d+(![^!\s]+)?\.(xml|xml\.gz|gz|zip)$/i;
/** `Report Domain: example.com Submitter: receiver.example Report-ID: <…>` (RFC 7489, 7.2.1.1), whatever stands before it. */
const subjects = /\breport domain:\s*\S+/i;

/** The aggregate report that a message carries; null: it carries none. */
export async function readDmarcMessage(email: Email): Promise<DmarcMessage | null> {
  const attachment = email.attachments.find((one) => isReport(email, one));
  if (!attachment) return null;
  const { content } = attachment;
  try {
    const file = typeof content === "string" ? Buffer.from(content) : Buffer.from(new Uint8Array(content));
    return { kind: "read", report: await readDmarcReport(file) };
  } catch (error) {
    if (!(error instanceof UnreadableReport)) throw error;
    return { kind: "refused", problem: `DMARC report: ${error.message}` };
  }
}

function isReport({ subject = "" }: Email, { mimeType, filename }: Attachment): boolean {
  if (fileNames.test((filename ?? "").slice(0, 500))) return true;
  return subjects.test(subject.slice(0, 1_000)) && mediaTypes.test(mimeType.toLowerCase());
}
