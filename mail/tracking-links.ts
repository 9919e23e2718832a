import type { LinkWriter } from "./rendering.js";
import type { RecipientRef, Tokens } from "./tracking-token.js";

export interface LinkOptions {
  /** Where tracking and unsubscribe links lead, without a slash at its end; https, or http on this machine. */
  publicUrl: string;
  tokens: Tokens;
  /** Makes the address that unsubscribes by mail; absent: nothing takes in such mail. */
  unsubscribeAddress?: (recipient: RecipientRef) => string;
}

/** The links of one recipient: `sendId` is a send's or a single email's, `contactId` a contact's or a position. */
export function createLinks(
  { publicUrl, tokens }: LinkOptions,
  { sendId, contactId }: RecipientRef,
): LinkWriter & { unsubscribe: string } {
  const token = tokens.recipientToken(sendId, contactId);
  const unsubscribe = `${publicUrl}/u/${token}`;
  const click = `${publicUrl}/c/${token}`;
  return {
    unsubscribe,
    open: () => `${publicUrl}/o/${token}.gif`,
    click: (index) => `${click}/${index}`,
    signed(url) {
      // What came out of the holes decides: a telephone number or the unsubscribe link is not counted.
      if (!/^https?:\/\//i.test(url) || url.startsWith(unsubscribe)) return url;
      return `${click}?u=${encodeURIComponent(url)}&s=${tokens.urlMac(token, url)}`;
    },
  };
}

/** Value of List-Unsubscribe (RFC 2369, 3.2): the link, which RFC 8058 wants, and the address for those who have only mail. */
export function listUnsubscribe(
  { unsubscribeAddress }: LinkOptions,
  recipient: RecipientRef,
  link: string,
): string {
  if (!unsubscribeAddress) return `<${link}>`;
  return `<${link}>, <mailto:${unsubscribeAddress(recipient)}?subject=unsubscribe>`;
}
