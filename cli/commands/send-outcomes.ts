import type { Command } from "commander";
import type { SendOutcomes } from "../../client/send-reports.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";

/** `outcomes`: by mailbox provider, and the reasons. */
export function addOutcomesCommand(campaign: Command): void {
  campaign
    .command("outcomes")
    .description("what came of a send by mailbox provider, and why it was not got")
    .argument("<send>", "the send's id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, sendId: string, { tenant }: { tenant: string }) => {
        const outcomes = await floe.campaigns.outcomes({ tenantId: tenant, sendId });
        if (output.json) return output.result(outcomes, "");
        showProviders(outcomes, output);
        showReasons(outcomes, output);
        if (outcomes.countedAt) output.note(`As of ${outcomes.countedAt.toISOString()}.`);
      }),
    );
}

function showProviders({ providers }: SendOutcomes, output: Output): void {
  output.rows(
    providers,
    [
      { title: "MAILBOX PROVIDER", value: (p) => p.mailboxProvider },
      { title: "RECIPIENTS", value: (p) => p.recipients, align: "right" },
      { title: "DELIVERED", value: (p) => p.delivered, align: "right" },
      { title: "BOUNCED", value: (p) => p.bounced, align: "right" },
      { title: "CAME BACK", value: (p) => p.returned, align: "right" },
      { title: "PUT OFF", value: (p) => p.deferred, align: "right" },
      { title: "GIVEN UP", value: (p) => p.dead, align: "right" },
      { title: "COMPLAINED", value: (p) => p.complaints, align: "right" },
      { title: "OPENED", value: (p) => p.uniqueOpens, align: "right" },
      { title: "CLICKED", value: (p) => p.uniqueClicks, align: "right" },
    ],
    "Nothing is counted: it has no recipients yet, or its ledger was old and is gone.",
  );
}

function showReasons({ reasons }: SendOutcomes, output: Output): void {
  if (reasons.length === 0) return;
  output.note("");
  output.rows(
    reasons,
    [
      { title: "RECIPIENTS", value: (r) => r.recipients, align: "right" },
      { title: "STATUS", value: (r) => r.status },
      { title: "CLASS", value: (r) => r.bounceClass },
      { title: "REASON", value: (r) => r.reason },
      { title: "REPLY", value: (r) => [r.replyCode, r.enhancedCode].filter(Boolean).join(" ") },
      { title: "SUCH AS", value: (r) => r.sampleReply },
    ],
    "",
  );
}
