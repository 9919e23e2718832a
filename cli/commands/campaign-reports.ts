import { Option, type Command } from "commander";
import { recipientStatuses, type RecipientStatus } from "../../domain/recipient-status.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";
import { showSummary, watchSend } from "./send-progress.js";

interface StatusOptions {
  tenant: string;
  watch?: boolean;
}

interface SendsOptions {
  tenant: string;
  campaign?: string;
  before?: string;
  limit: number;
}

interface RecipientsOptions {
  tenant: string;
  status?: RecipientStatus;
  returned?: boolean;
  after?: string;
  limit: number;
}

function whyHeld(which: string): string {
  return `Unknown are held: their message left and no reply to it was seen, so they may have it or not.
When you know: floe campaign resolve-unknown ${which} --as sent|resend`;
}

/** `status`, `list`, `sends`, `recipients`. */
export function addReportCommands(campaign: Command): void {
  campaign
    .command("status")
    .description("how a send stands, counted from the ledger")
    .argument("<send>", "the send's id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-w, --watch", "stay until it has ended")
    .action(
      withFloe(async (floe, output, sendId: string, { tenant, watch }: StatusOptions) => {
        const send = { tenantId: tenant, sendId };
        if (watch && !(await watchSend(floe, send, output))) return;
        showSummary(await floe.campaigns.status(send), output);
      }),
    );

  campaign
    .command("list")
    .description("list campaigns, newest first")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(async (floe, output, { tenant, limit }: { tenant: string; limit: number }) => {
        output.rows(
          await floe.campaigns.list({ tenantId: tenant, limit }),
          [
            { title: "CAMPAIGN", value: (c) => c.campaignId },
            { title: "NAME", value: (c) => c.name },
            { title: "STATUS", value: (c) => c.status },
            { title: "LANE", value: (c) => c.lane },
            { title: "CREATED", value: (c) => c.createdAt },
          ],
          "No campaigns yet. Compose one: floe campaign create <name> --template <template> --list <list>",
        );
      }),
    );

  campaign
    .command("sends")
    .description("list runs, newest first")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-c, --campaign <campaign>", "only runs of this campaign")
    .option("--before <send>", "begin before this send")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(async (floe, output, { tenant, campaign: campaignId, ...page }: SendsOptions) => {
        const sends = await floe.campaigns.sends({ tenantId: tenant, campaignId, ...page });
        output.rows(
          sends,
          [
            { title: "SEND", value: (s) => s.sendId },
            { title: "CAMPAIGN", value: (s) => s.campaignName },
            { title: "RUN", value: (s) => s.runKey },
            { title: "STATUS", value: (s) => s.status },
            { title: "RECIPIENTS", value: (s) => s.recipients, align: "right" },
            { title: "CREATED", value: (s) => s.createdAt },
          ],
          "Nothing was sent yet. Send a campaign: floe campaign send <campaign>",
        );
        if (sends.length === page.limit) output.note(`More: --before ${sends.at(-1)?.sendId ?? ""}`);
      }),
    );

  campaign
    .command("recipients")
    .description("the ledger: who got it, who did not, and why")
    .argument("<send>", "the send's id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .addOption(new Option("--status <status>", "only these").choices(recipientStatuses))
    .option("--returned", "only those whose mail was accepted, and came back")
    .option("--after <contact>", "begin after this contact id")
    .option("--limit <n>", "rows", parseCount, 50)
    .addHelpText("after", "\nExample:\n  $ floe campaign recipients 0198c5d2-… --tenant acme --status dead")
    .action(
      withFloe(async (floe, output, sendId: string, { tenant, ...page }: RecipientsOptions) => {
        const recipients = await floe.campaigns.recipients({ tenantId: tenant, sendId, ...page });
        output.rows(
          recipients,
          [
            { title: "CONTACT", value: (r) => r.contactId, align: "right" },
            { title: "EMAIL", value: (r) => r.email },
            { title: "STATUS", value: (r) => r.status },
            { title: "TRIES", value: (r) => r.attempts, align: "right" },
            { title: "REASON", value: (r) => r.reason },
            { title: "MAYBE TWICE", value: (r) => r.possibleDuplicate },
            { title: "REPLY", value: (r) => [r.replyCode, r.enhancedCode].filter(Boolean).join(" ") },
            { title: "NODE", value: (r) => r.nodeId },
            { title: "HELD BY", value: (r) => r.heldBy },
            { title: "SETTLED", value: (r) => r.settledAt },
            { title: "CAME BACK", value: (r) => r.returnedAt },
            { title: "AS", value: (r) => [r.returnedAs, r.returnedCode].filter(Boolean).join(" ") },
          ],
          "No recipient here.",
        );
        if (recipients.some(({ status }) => status === "unknown"))
          output.note(whyHeld(`${sendId} --tenant ${tenant}`));
        if (recipients.length === page.limit)
          output.note(`More: --after ${recipients.at(-1)?.contactId ?? ""}`);
      }),
    );
}
