import { Command } from "commander";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface AuditOptions {
  tenant: string;
  action?: string;
  subject?: string;
  before?: string;
  limit: number;
}

export function auditCommand(): Command {
  const command = new Command("audit").description("who did what to a tenant's dead letters, and why");
  command
    .command("list")
    .description("entries, newest first; --json shows how things were before and after")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--action <action>", "only this, such as dead_letters.edit")
    .option("--subject <id>", "only about this dead letter or replay")
    .option("--before <entry>", "begin after this one")
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(async (floe, output, { tenant, ...page }: AuditOptions) => {
        const entries = await floe.audit.list({ tenantId: tenant, ...page });
        output.rows(
          entries,
          [
            { title: "ID", value: (e) => e.auditId, align: "right" },
            { title: "AT", value: (e) => e.at },
            { title: "WHO", value: (e) => e.actor },
            { title: "WHAT", value: (e) => e.action },
            { title: "TO", value: (e) => e.subject },
            { title: "WHY", value: (e) => e.reason },
          ],
          "Nothing was done yet.",
        );
        if (entries.length === page.limit) output.note(`More: --before ${entries.at(-1)?.auditId ?? ""}`);
      }),
    );
  return command;
}
