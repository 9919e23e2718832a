import { Command } from "commander";
import { confirm } from "../confirm.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface ListOptions {
  tenant: string;
  send?: string;
  after?: string;
  limit: number;
}

interface DismissOptions {
  tenant: string;
  yes?: boolean;
}

export function deadLettersCommand(): Command {
  const command = new Command("dead-letters").description(
    "work that spent its attempts and waits for a person",
  );

  command
    .command("list")
    .description("open dead letters, oldest first")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--send <send>", "only of this send")
    .option("--after <id>", "begin after this dead letter")
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(async (floe, output, { tenant, send, ...page }: ListOptions) => {
        const letters = await floe.deadLetters.list({ tenantId: tenant, sendId: send, ...page });
        output.rows(
          letters,
          [
            { title: "ID", value: (l) => l.deadLetterId, align: "right" },
            { title: "OF", value: (l) => (l.deliveryId ? "delivery" : l.emailId ? "email" : "send") },
            { title: "SEND, EMAIL OR DELIVERY", value: (l) => l.sendId ?? l.emailId ?? l.deliveryId },
            { title: "CONTACT", value: (l) => l.contactId, align: "right" },
            { title: "REASON", value: (l) => l.reason },
            { title: "TRIES", value: (l) => l.attempts, align: "right" },
            { title: "SINCE", value: (l) => l.createdAt },
          ],
          "No dead letters: everything was delivered or settled.",
        );
        if (letters.length === page.limit) output.note(`More: --after ${letters.at(-1)?.deadLetterId ?? ""}`);
      }),
    );

  command
    .command("retry")
    .description("take all dead recipients of a send up again; for a single email: floe email retry")
    .argument("<send>", "the send's id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, sendId: string, { tenant }: { tenant: string }) => {
        const retried = await floe.deadLetters.retry({ tenantId: tenant, sendId });
        output.result(retried, `${retried.revived} recipients are tried again.`);
      }),
    );

  command
    .command("dismiss")
    .description("close dead letters without another attempt")
    .argument("<id...>", "their ids")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, deadLetterIds: string[], { tenant, yes }: DismissOptions) => {
        const question = `Dismiss ${deadLetterIds.length} dead letters? Their recipients get nothing.`;
        if (!(await confirm(question, yes))) return output.note("Nothing was changed.");
        const { dismissed } = await floe.deadLetters.dismiss({ tenantId: tenant, deadLetterIds });
        output.result({ dismissed }, `${dismissed} of ${deadLetterIds.length} were open and are dismissed.`);
      }),
    );
  return command;
}
