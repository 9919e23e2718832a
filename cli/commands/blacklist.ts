import { Command, Option } from "commander";
import { blacklistStatuses, type BlacklistStatus } from "../../domain/blacklist-changes.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface Which {
  tenant?: string;
  subject?: string;
}

export function blacklistCommand(): Command {
  const command = new Command("blacklist").description(
    "what DNS blacklists say of the addresses and domains that mail leaves from",
  );

  which(command.command("list").description("what stands, listed ones first"))
    .addOption(new Option("--status <status>", "only these").choices(blacklistStatuses))
    .action(
      withFloe(async (floe, output, { tenant, ...query }: Which & { status?: BlacklistStatus }) => {
        output.rows(
          await floe.blacklists.list({ ...query, tenantId: tenant }),
          [
            { title: "SUBJECT", value: (s) => s.subject },
            { title: "LIST", value: (s) => s.list },
            { title: "STATUS", value: (s) => s.status },
            { title: "SINCE", value: (s) => s.since },
            { title: "CHECKED", value: (s) => s.checkedAt },
            { title: "WHY", value: (s) => s.meaning ?? s.error },
          ],
          "Nothing is checked yet: nodes have no public address, and no domain has a key. Try: floe blacklist check",
        );
      }),
    );

  which(command.command("check").description("ask the lists now")).action(
    withFloe(async (floe, output, { tenant, subject }: Which) => {
      const report = await floe.blacklists.check({ tenantId: tenant, subject });
      for (const { zone, kind, health } of report.lists)
        if (health.kind === "broken") output.note(`${zone} (${kind}) is not believed: ${health.reason}`);
      output.result(
        report,
        `Checked ${report.checked}: ${report.listed} newly listed, ${report.delisted} no longer listed,` +
          ` ${report.failed} questions without an answer.` +
          (report.paused.length > 0 ? ` Paused: ${report.paused.join(", ")}.` : ""),
      );
    }),
  );

  which(command.command("history").description("what was listed and delisted, newest first"))
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(async (floe, output, { tenant, subject, limit }: Which & { limit: number }) => {
        output.rows(
          await floe.blacklists.history({ tenantId: tenant, subject, limit }),
          [
            { title: "WHEN", value: (c) => c.happenedAt },
            { title: "SUBJECT", value: (c) => c.subject },
            { title: "LIST", value: (c) => c.list },
            { title: "CHANGE", value: (c) => c.change },
            { title: "PAUSED", value: (c) => c.pausedNodes.join(", ") },
            { title: "WHY", value: (c) => c.meaning },
          ],
          "Nothing has ever been listed.",
        );
      }),
    );

  command
    .command("lists")
    .description("the lists that are asked, and whether they can be believed")
    .action(
      withFloe(async (floe, output) => {
        output.rows(
          await floe.blacklists.lists(),
          [
            { title: "LIST", value: (l) => l.list },
            { title: "OF", value: (l) => l.kind },
            { title: "HEALTH", value: (l) => (l.healthy ? "healthy" : "broken") },
            { title: "SINCE", value: (l) => l.since },
            { title: "WHY", value: (l) => l.reason },
          ],
          "No list was asked yet. Try: floe blacklist check",
        );
      }),
    );
  return command;
}

function which(command: Command): Command {
  return command
    .option("-t, --tenant <tenant>", "what is this tenant's; absent: everybody's")
    .option("--subject <subject>", "one address or domain");
}
