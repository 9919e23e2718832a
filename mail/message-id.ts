import { emailMessageId, messageId } from "../domain/ids.js";
import type { RecipientRef, Tokens } from "./tracking-token.js";

/** Whom a Message-ID was made for: a recipient of a send; or a single email, with no word of which recipient. */
export type MessageRef = RecipientRef | { sendId: string; contactId: null };

type Codes = Pick<Tokens, "messageCode" | "verifyMessageCode">;

/** The same at each attempt; signed, so that what returns it was made by us. `domain` is the domain of the From address. */
export function createMessageId(codes: Codes, { sendId, contactId }: MessageRef, domain: string): string {
  const code = codes.messageCode(subjectOf({ sendId, contactId }));
  return contactId === null
    ? emailMessageId(sendId, code, domain)
    : messageId({ sendId, contactId }, code, domain);
}

const pattern = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.(\d{1,19}))?\.([0-9a-f]{20})@/gi;
const mostCandidates = 100;

/** The first Message-ID in a text that we signed. */
export function findMessageId(codes: Codes, text: string): MessageRef | null {
  let looked = 0;
  for (const [, sendId = "", contact, code = ""] of text.matchAll(pattern)) {
    const ref = { sendId: sendId.toLowerCase(), contactId: contact ?? null };
    if (codes.verifyMessageCode(subjectOf(ref), code.toLowerCase())) return ref;
    looked += 1;
    if (looked === mostCandidates) break;
  }
  return null;
}

function subjectOf({ sendId, contactId }: MessageRef): string {
  return contactId === null ? sendId : `${sendId}.${contactId}`;
}
