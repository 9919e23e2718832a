import { Command } from "commander";
import { withFloe } from "../session.js";

interface DailyOptions {
  tenant: string;
  campaign?: string;
  from?: string;
  to?: string;
}

export function analyticsCommand(): Command {
  const command = new Command("analytics").description("what became of what was sent");

  command
    .command("daily")
    .description("by day (UTC), written each night; days without anything are left out")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--campaign <campaign>", "only of this campaign")
    .option("--from <day>", "such as 2026-11-01; absent: 30 days till the last one")
    .option("--to <day>", "last day; absent: today")
    .action(
      withFloe(async (floe, output, { tenant, campaign, from, to }: DailyOptions) => {
        output.rows(
          await floe.analytics.daily({ tenantId: tenant, campaignId: campaign, from, to }),
          [
            { title: "DAY", value: (d) => d.day },
            { title: "RECIPIENTS", value: (d) => d.recipients, align: "right" },
            { title: "SENT", value: (d) => d.sent, align: "right" },
            { title: "BOUNCED", value: (d) => d.bounced + d.returned, align: "right" },
            { title: "OPENED", value: (d) => d.uniqueOpens, align: "right" },
            { title: "CLICKED", value: (d) => d.uniqueClicks, align: "right" },
            { title: "UNSUBSCRIBED", value: (d) => d.unsubscribes, align: "right" },
            { title: "COMPLAINTS", value: (d) => d.complaints, align: "right" },
          ],
          "Nothing was written of these days.",
        );
      }),
    );
  return command;
}
