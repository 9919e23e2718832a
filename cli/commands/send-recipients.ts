import { Option, type Command } from "commander";
import { recipientStatuses, type RecipientStatus } from "../../domain/recipient-status.js";
import { spreadsheetNote, writeCsv } from "../csv-target.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface Which {
  tenant: string;
  status?: RecipientStatus;
  returned?: boolean;
  missed?: boolean;
  heldBy?: string;
}

interface RecipientsOptions extends Which {
  after?: string;
  limit: number;
}

interface ExportOptions extends Which {
  raw?: boolean;
  force?: boolean;
}

function whyHeld(which: string): string {
  return `Unknown are held: their message left and no reply to it was seen, so they may have it or not.
When you know: floe campaign resolve-unknown ${which} --as sent|resend`;
}

/** `recipients`, `recipients-export`. */
export function addRecipientsCommands(campaign: Command): void {
  which(campaign.command("recipients").description("the ledger: who got it, who did not, and why"))
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
            { title: "SAID", value: (r) => r.replyText },
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

  which(
    campaign
      .command("recipients-export")
      .description("write recipients of a send to a CSV file of any size, or to the standard output"),
  )
    .argument("[file]", "where to; a name that ends in .gz is compressed; without one: the standard output")
    .option("--raw", "values as they are, also those that a spreadsheet would run as formulas")
    .option("-f, --force", "replace the file if it exists")
    .addHelpText(
      "after",
      `
${spreadsheetNote}

Example:
  $ floe campaign recipients-export 0198c5d2-… missed.csv --tenant acme --missed`,
    )
    .action(
      withFloe(async (floe, output, sendId: string, path: string | undefined, options: ExportOptions) => {
        const { tenant, force = false, ...asked } = options;
        await writeCsv({
          open: () => floe.campaigns.exportRecipients({ tenantId: tenant, sendId, ...asked }),
          ...{ path, force, rowsAre: "recipients", output },
        });
      }),
    );
}

function which(command: Command): Command {
  return command
    .argument("<send>", "the send's id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .addOption(new Option("--status <status>", "only these").choices(recipientStatuses))
    .option("--returned", "only those whose mail was accepted, and came back")
    .option("--missed", "only those who did not get it: not sent, or came back")
    .option("--held-by <limit>", 'only those that this limit holds back now, such as "node:n1 day"');
}
