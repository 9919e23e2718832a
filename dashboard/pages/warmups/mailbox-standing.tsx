import { StatusBadge } from "../../parts/status-badge.js";
import { share } from "../../parts/numbers.js";
import type { MailboxRow } from "./pool-queries.js";

/** Whether it writes to others and reacts to them. */
export function Participation({ mailbox }: { mailbox: MailboxRow }) {
  return mailbox.opted_in_at === null ? (
    <StatusBadge status="takes no part" tone="neutral" />
  ) : (
    <StatusBadge status="opted in" tone="good" />
  );
}

/** Whether it could be read when it was last logged in to. */
export function Readable({ mailbox: { checked_at: at, problem } }: { mailbox: MailboxRow }) {
  if (at === null) return <StatusBadge status="not checked yet" tone="neutral" />;
  return problem === null ? (
    <StatusBadge status="can be read" tone="good" />
  ) : (
    <StatusBadge status="cannot be read" tone="bad" />
  );
}

/** Of its letters that were found. */
export function junkShare({ in_inbox: inbox, in_junk: junk }: MailboxRow): string {
  return inbox + junk === 0 ? "—" : share(junk / (inbox + junk));
}
