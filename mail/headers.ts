import * as mimeFuncs from "nodemailer/lib/mime-funcs";
import MimeNode from "nodemailer/lib/mime-node";
import type { SendContext } from "../activities/delivery-ports.js";
import { checkAddress, hasControlCharacter } from "../domain/email-address.js";
import type { FieldProblem } from "../domain/errors.js";

/** What a tenant says about the sender of a campaign. */
export type SenderFields = Pick<SendContext, "fromName" | "fromEmail" | "replyTo" | "headers">;

/** Longest name and value of a custom header, in characters (RFC 5322, 2.1.1: lines of at most 998). */
const headerLimits = { name: 76, value: 900 };

/** Fields that Floe writes itself, that routing depends on, or that would change what the message is. */
const reserved =
  /^(from|sender|to|cc|bcc|reply-to|subject|date|message-id|in-reply-to|mime-version|content-.*|return-path|received|dkim-signature|arc-.*|authentication-results|list-unsubscribe(-post)?|feedback-id|resent-.*)$/i;

/** Everything wrong with the sender fields of a campaign; to be asked before they are saved. */
export function headerProblems(sender: SenderFields): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const check = (field: string, value: string, limit: number) => {
    if (hasControlCharacter(value))
      problems.push({ field, problem: "has a line break or another control character" });
    if (value.length > limit) problems.push({ field, problem: `is longer than ${limit} characters` });
  };
  const checkEmail = (field: string, value: string) => {
    const result = checkAddress(value);
    if (result.kind === "invalid") problems.push({ field, problem: result.problem });
  };
  check("fromName", sender.fromName ?? "", 200);
  checkEmail("fromEmail", sender.fromEmail);
  if (sender.replyTo !== null) checkEmail("replyTo", sender.replyTo);
  for (const [name, value] of Object.entries(sender.headers)) {
    const field = `headers.${name.slice(0, headerLimits.name)}`;
    if (!/^[!-9;-~]+$/.test(name) || name.length > headerLimits.name)
      problems.push({ field, problem: "is not a header name" });
    else if (reserved.test(name)) problems.push({ field, problem: "is set by Floe" });
    check(field, value, headerLimits.value);
  }
  return problems;
}

/** One node is enough: encoding a value reads nothing from it but its options, and making one costs 0.02 ms. */
const encoder = new MimeNode(false);

/** `Name: value` with encoded words where they are needed, folded at 76 characters; no line break can get out of it. */
export function headerField(name: string, value: string): string {
  const clean = withoutControls(value);
  const isPlain = clean.length + name.length < 74 && /^[\x20-\x7e]*$/.test(clean) && !clean.includes("=?");
  if (isPlain) return `${name}: ${clean}`;
  return mimeFuncs.foldLines(`${name}: ${encoder.encodeHeaderValue(name, clean)}`, 76);
}

/** An address field; the name quoted or encoded, the domain as A-label. */
export function addressField(name: "From" | "To" | "Reply-To", address: string, displayName: string): string {
  const clean = withoutControls(displayName).trim();
  if (/^[\x21-\x7e]+$/.test(address)) {
    if (clean === "") return `${name}: ${address}`;
    // As nodemailer writes it, but for the 5 µs that it takes.
    const isPlain = /^\w[\w ]*$/.test(clean) && clean.length + address.length < 66;
    if (isPlain) return `${name}: ${clean} <${address}>`;
  }
  const value = encoder.encodeHeaderValue(name, [{ name: clean, address }]);
  return mimeFuncs.foldLines(`${name}: ${value}`, 76);
}

/** Values come from anywhere; a control character in one becomes a space. */
export function withoutControls(value: string): string {
  // eslint-disable-next-line no-control-regex -- the control characters are what this looks for
  return value.replace(/[\u0000-\u001f\u007f]+/g, " ");
}
