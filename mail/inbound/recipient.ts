import type { Email } from "postal-mime";
import { findMessageId, type MessageRef } from "../message-id.js";
import type { ReturnPaths, SignedAddress } from "../return-path.js";
import { findSignedRecipient } from "../signed-recipient.js";
import type { Tokens } from "../tracking-token.js";
import { readFieldGroups } from "./field-groups.js";
import { deliveryStatusOf, partOf } from "./parts.js";

export interface Signatures {
  tokens: Tokens;
  returnPaths: Pick<ReturnPaths, "read">;
}

/** What a report says itself of whom it is about; anybody can write that. */
export interface Claimed {
  address: string | null;
  messageId: string | null;
}

/** Fields that mail servers write when they deliver, the surest first. */
const deliveryFields = ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc"];
const mostAddresses = 50;

/** The address of ours that a message went to. */
export function signedAddressOf(email: Email, { returnPaths }: Signatures): SignedAddress | null {
  const addresses = deliveryFields.flatMap((field) =>
    email.headers
      .filter(({ key }) => key === field)
      .flatMap(({ value }) => value.slice(0, 10_000).match(/[^\s<>,;:"]+@[^\s<>,;"]+/g) ?? []),
  );
  for (const address of addresses.slice(0, mostAddresses)) {
    const signed = returnPaths.read(address);
    if (signed) return signed;
  }
  return null;
}

/** The message of ours that a message answers. */
export function answeredMessage(email: Email, { tokens }: Signatures): MessageRef | null {
  const thread = email.headers.filter(({ key }) => key === "in-reply-to" || key === "references");
  return findMessageId(tokens, thread.map(({ value }) => value.slice(-10_000)).join(" "));
}

/**
 * The message of ours that is returned: by our links in its List-Unsubscribe, or in the text, where old systems quote it; by its
 * Message-ID where the links were cut away.
 */
export function returnedMessage(email: Email, { tokens }: Signatures): MessageRef | null {
  const text = `${returnedText(email)}\n${email.text ?? ""}`;
  return findSignedRecipient(text, tokens) ?? findMessageId(tokens, text);
}

export function claimedBy(email: Email): Claimed {
  const groups = readFieldGroups(deliveryStatusOf(email) ?? "");
  const field = (name: string) => groups.find((group) => group.has(name))?.get(name);
  const address = field("original-recipient") ?? field("final-recipient");
  const messageId = /^message-id:\s*(<[^<>\s]{3,250}>)/im.exec(returnedText(email))?.[1];
  return { address: plainAddress(address), messageId: messageId ?? null };
}

/** `rfc822;a@b.example` (RFC 3464, 2.3.2). */
function plainAddress(field: string | undefined): string | null {
  const address = field
    ?.replace(/^[^;]*;/, "")
    .replace(/[<>\s\0]/g, "")
    .toLowerCase();
  return address !== undefined && address.length <= 254 && address.includes("@") ? address : null;
}

function returnedText(email: Email): string {
  return partOf(email, /^(message\/(rfc822|global|global-headers)|text\/rfc822-headers)$/) ?? "";
}
