/** Whether a person wrote a message that came back, or a machine. Headers by lower-case name. */
type Header = (name: string) => string | undefined;

/** Mailboxes that no person writes from (RFC 2142, RFC 5321 4.5.1, and custom). */
const machines =
  /^"?(mailer-daemon|postmaster|bounces?|no-?reply|do-?not-?reply|notifications?|abuse)([+._-][^@]*)?"?@/i;

/**
 * Only what shows no sign of a machine: an empty return path (RFC 3834, 4), Auto-Submitted (RFC 3834, 5), a list or bulk mail, a
 * sender that nobody reads. Answers of machines without any sign are taken for a person's.
 */
export function isWrittenByPerson(header: Header): boolean {
  if (header("return-path")?.trim() === "<>") return false;
  const autoSubmitted = header("auto-submitted")?.trim().toLowerCase() ?? "no";
  if (!autoSubmitted.startsWith("no")) return false;
  if (/^\s*(bulk|junk|list|auto_reply)/i.test(header("precedence") ?? "")) return false;
  if (["list-id", "list-unsubscribe", "feedback-id", "x-autoreply", "x-autorespond"].some(header))
    return false;
  const from = addressOf(header("from") ?? "");
  return from !== "" && !machines.test(from);
}

/** `a@b.example` of `Ann <a@b.example>`. */
function addressOf(from: string): string {
  return /<([^<>]*)>\s*$/.exec(from)?.[1]?.trim() ?? from.trim();
}
