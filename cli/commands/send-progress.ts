import type { Floe } from "../../client/connect.js";
import type { SendSummary } from "../../db/sends.js";
import type { SendProgress } from "../../activities/campaign-ports.js";
import { recipientStatuses } from "../../domain/recipient-status.js";
import type { Output } from "../output.js";
import { watch } from "../watch.js";

interface SendKey {
  tenantId: string;
  sendId: string;
}

/** Shows a send until it has ended. @returns its last progress, or undefined when the person stopped watching. */
export function watchSend(floe: Floe, send: SendKey, output: Output): Promise<SendProgress | undefined> {
  return watch({
    output,
    poll: () => floe.campaigns.progress(send),
    view: ({ status, sent, failed, deferred, recipients, snapshotDone }) => ({
      done: sent + failed,
      // Until the snapshot is complete nobody knows how many there will be.
      total: snapshotDone ? recipients : undefined,
      text: `${status}${failed > 0 ? `, ${failed} not sent` : ""}${deferred > 0 ? `, ${deferred} waiting for a retry` : ""}`,
      finished: status === "completed" || status === "cancelled",
    }),
    goesOn: `The send goes on: floe campaign status ${send.sendId} --tenant ${send.tenantId} --watch`,
  });
}

/** Prints a send with its counted ledger. */
export function showSummary(summary: SendSummary, output: Output): void {
  const { counts } = summary;
  const inUse = recipientStatuses.filter((status) => counts[status] > 0);
  output.fields(summary, [
    ["Send", summary.sendId],
    ["Campaign", summary.campaignName],
    ["Status", summary.status],
    ["Lane", summary.lane],
    ["Rate limit", summary.perSecond === null ? "none of its own" : `${summary.perSecond} a second`],
    ["Started", summary.startedAt ?? summary.scheduledAt],
    ...(summary.lateMs === null
      ? []
      : ([["Late by", `${Math.round(summary.lateMs / 60_000)} minutes`]] satisfies [string, string][])),
    ["Finished", summary.finishedAt],
    ["Recipients", summary.recipients],
    ...inUse.map((status): [string, number] => [`  ${status}`, counts[status]]),
    ["Came back", summary.returned],
    ["Possible duplicates", summary.possibleDuplicates],
    ["Accounted for", summary.accountedFor],
  ]);
  const which = `${summary.sendId} --tenant ${summary.tenantId}`;
  if (counts.unknown > 0) {
    output.note(`Who is held, and why: floe campaign recipients ${which} --status unknown`);
    output.note(`Settle them: floe campaign resolve-unknown ${which} --as sent|resend`);
  }
  if (summary.returned > 0)
    output.note(`What came back, and why: floe campaign recipients ${which} --returned`);
  if (counts.dead > 0) {
    output.note(`Who, and why: floe campaign recipients ${which} --status dead`);
    output.note(`Try them again: floe campaign retry-failed ${which}`);
  }
}
