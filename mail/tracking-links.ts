import type { LinkWriter } from "./rendering.js";
import type { Tokens } from "./tracking-token.js";

export interface LinkOptions {
  /** Where tracking and unsubscribe links lead, without a slash at its end; https, or http on this machine. */
  publicUrl: string;
  tokens: Tokens;
}

/** The links of one recipient: `sendId` is a send's or a single email's, `contactId` a contact's or a position. */
export function createLinks(
  { publicUrl, tokens }: LinkOptions,
  { sendId, contactId }: { sendId: string; contactId: string },
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
