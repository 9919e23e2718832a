import type { SendSummary } from "../../db/sends.js";
import { finalRecipientStatuses, totalRecipients } from "../../domain/recipient-status.js";
import type { FirstAdmin } from "../../client/first-admin.js";
import type { Endpoints } from "../endpoints.js";

/** The ledger of one send as one JSON object: what `--exit-after-demo` prints last. */
export interface LedgerSummary {
  sendId: string;
  status: string;
  recipients: number;
  counts: Record<string, number>;
  possibleDuplicates: number;
  /** Every recipient stands in one final status: the total is the sum of those. */
  accountedFor: boolean;
}

export function toLedgerSummary(send: SendSummary): LedgerSummary {
  const recipients = totalRecipients(send.counts);
  const final = finalRecipientStatuses.reduce((sum, status) => sum + send.counts[status], 0);
  return {
    sendId: send.sendId,
    status: send.status,
    recipients,
    counts: send.counts,
    possibleDuplicates: send.possibleDuplicates,
    accountedFor: send.accountedFor && final === recipients && recipients > 0,
  };
}

/** The same for a person, a line a status. */
export function describeLedger(send: SendSummary): string {
  const summary = toLedgerSummary(send);
  const rows = Object.entries(summary.counts).filter(([status, count]) => count > 0 || status === "sent");
  const took =
    send.startedAt && send.finishedAt ? send.finishedAt.getTime() - send.startedAt.getTime() : null;
  const lines = rows.map(
    ([status, count]) => `  ${status.padEnd(12)} ${count.toLocaleString("en-US").padStart(10)}`,
  );
  const accounted = summary.accountedFor
    ? "every recipient accounted for"
    : "not every recipient accounted for";
  return [
    `Ledger of “${send.campaignName}”${took === null ? "" : `, sent in ${(took / 1000).toFixed(1)} s`}:`,
    ...lines,
    `  ${"total".padEnd(12)} ${summary.recipients.toLocaleString("en-US").padStart(10)}   ${accounted}`,
    ...(send.possibleDuplicates > 0 ? [`  possibly sent twice: ${send.possibleDuplicates}`] : []),
  ].join("\n");
}

/** How to sign in, told by the first start alone; empty afterwards. */
export function describeFirstAdmin(admin: FirstAdmin | null, publicUrl: string): string {
  if (!admin) return "";
  return [
    `\n\nSign in at ${publicUrl}/sign-in as ${admin.email} with ${admin.password}`,
    "  The password is told this once and changed when you sign in; a new one: npm run floe -- users reset-password",
  ].join("\n");
}

/** Where to look while it runs. */
export function describeEndpoints(endpoints: Endpoints, data: string, apiToken: string | undefined): string {
  const ui =
    endpoints.temporalUiUrl === null
      ? null
      : `${endpoints.temporalUiUrl}/namespaces/${endpoints.namespace}/workflows`;
  const rows: [string, string | null][] = [
    ["Dashboard", `${endpoints.publicUrl}/dashboard`],
    ["Inbox", endpoints.inboxUrl],
    ["Temporal Web UI", ui],
    ["API", endpoints.apiUrl],
    ["API token", apiToken ?? null],
    ["Temporal", endpoints.temporalAddress],
    ["Data and logs", data],
    ["Command", "npm run floe -- --help"],
  ];
  return rows
    .flatMap(([name, where]) => (where === null ? [] : [`  ${name.padEnd(16)} ${where}`]))
    .join("\n");
}
