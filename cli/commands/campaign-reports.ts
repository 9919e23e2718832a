import type { Command } from "commander";
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

/** `status`, `list`, `sends`. */
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
}
