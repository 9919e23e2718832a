import type { Bounce, InboundReport } from "../domain/bounces.js";
import type { SoftBouncePolicy } from "../domain/soft-bounces.js";
import { recordReturn, suppressBounced, type TenantRecipient } from "./bounced.js";
import { recordEvents, type EmailEvent } from "./events.js";
import type { Queryable } from "./pool.js";
import { bouncesRepeatedly } from "./soft-bounces.js";

export interface Followed {
  report: InboundReport;
  recipient: TenantRecipient;
  receivedAt: Date;
  /** When what is reported happened. */
  occurredAt: Date;
  softBounces: SoftBouncePolicy;
  /** The report was read before, as this kind: its event is written. */
  before?: InboundReport["kind"];
}

/** All that follows from a report whose recipient is known, in the transaction that records it. */
export async function followReport(
  client: Queryable,
  followed: Followed,
): Promise<"recorded" | "suppressed" | "ignored"> {
  const { report, occurredAt: returnedAt } = followed;
  switch (report.kind) {
    case "complaint":
    case "unsubscribe":
      return (await tell(client, followed, report.kind)) > 0 ? "suppressed" : "recorded";
    case "reply":
      await tell(client, followed, "reply");
      return "recorded";
    case "bounce": {
      if (followed.before !== "bounce") await tell(client, followed, "bounce");
      const { recipient } = followed;
      const email = await recordReturn(client, recipient, { ...report, returnedAt });
      const as = email === null ? null : await causeOf(client, report, { ...followed, email });
      if (as === null) return "recorded";
      await suppressBounced(client, recipient, { as, enhancedCode: report.enhancedCode });
      return "suppressed";
    }
    case "delay":
    case "auto-reply":
    case "other":
      return "ignored";
  }
}

/** @returns addresses that are suppressed by it */
async function tell(
  client: Queryable,
  { recipient: { sendId, contactId }, occurredAt }: Followed,
  kind: EmailEvent["kind"],
): Promise<number> {
  return (await recordEvents(client, [{ sendId, contactId, kind, occurredAt }])).suppressed;
}

/** Why the address is to be suppressed; null: it is not. */
async function causeOf(
  client: Queryable,
  { bounceClass }: Bounce,
  { recipient: { tenantId }, email, receivedAt: now, softBounces: policy }: Followed & { email: string },
): Promise<"bounced" | "bounced-repeatedly" | null> {
  if (bounceClass === "hard") return "bounced";
  if (bounceClass !== "soft") return null;
  return (await bouncesRepeatedly(client, { tenantId, email }, { policy, now }))
    ? "bounced-repeatedly"
    : null;
}
