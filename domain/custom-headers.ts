import { hasControlCharacter } from "./email-address.js";
import type { FieldProblem } from "./errors.js";

/** What Floe or the servers on the way write themselves; a second one would contradict it or break a signature. */
const reserved = new Set([
  "from",
  "sender",
  "to",
  "cc",
  "bcc",
  "reply-to",
  "subject",
  "date",
  "message-id",
  "mime-version",
  "return-path",
  "received",
  "delivered-to",
  "authentication-results",
  "dkim-signature",
  "feedback-id",
  "list-unsubscribe",
  "list-unsubscribe-post",
]);
const reservedPrefixes = ["content-", "arc-", "resent-"];

const maxHeaders = 50;
/** RFC 5322, 2.1.1: a line is 998 octets at most; the name and the colon need their part. */
const maxValueLength = 900;

/**
 * Checks headers that a tenant adds to each message: names are tokens (RFC 5322, 3.6.8, without the characters that
 * servers choke on), not reserved and not given twice; values stay on their line. Empty: all are good.
 */
export function checkCustomHeaders(headers: Record<string, string>): FieldProblem[] {
  const names = Object.keys(headers);
  if (names.length > maxHeaders)
    return [{ field: "headers", problem: `has more than ${maxHeaders} entries` }];
  const seen = new Set<string>();
  return names.flatMap((name) => {
    const problem = problemOf(name, headers[name] ?? "", seen);
    seen.add(name.toLowerCase());
    return problem === null ? [] : [{ field: `headers.${printable(name)}`, problem }];
  });
}

function problemOf(name: string, value: string, seen: ReadonlySet<string>): string | null {
  const lower = name.toLowerCase();
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]{1,76}$/.test(lower))
    return "is not a header name: letters, digits and - only";
  if (reserved.has(lower) || reservedPrefixes.some((prefix) => lower.startsWith(prefix))) {
    return "is written by Floe itself and cannot be set";
  }
  if (seen.has(lower)) return "is given twice";
  if (hasControlCharacter(value)) return "contains a line break or control character";
  if (value.length > maxValueLength) return `is longer than ${maxValueLength} characters`;
  return null;
}

/** A name that is no name may hold anything; an error message must stay one line. */
function printable(name: string): string {
  return JSON.stringify(name.slice(0, 76)).slice(1, -1);
}
