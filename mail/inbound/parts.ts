import type { Email } from "postal-mime";

/** The text of the first part of this type. */
export function partOf(email: Email, type: RegExp): string | undefined {
  const part = email.attachments.find(({ mimeType }) => type.test(mimeType.toLowerCase()));
  if (part === undefined) return undefined;
  return typeof part.content === "string" ? part.content : new TextDecoder().decode(part.content);
}

/** RFC 3464, RFC 6533. */
export function deliveryStatusOf(email: Email): string | undefined {
  return partOf(email, /^message\/(global-)?delivery-status$/);
}
