import { Option, type Command } from "commander";
import { lanes, type Lane } from "../../domain/lanes.js";
import { confirm } from "../confirm.js";
import { withFloe } from "../session.js";

interface EditOptions {
  tenant: string;
  name?: string;
  template?: string;
  list?: string;
  segment?: string;
  from?: string;
  fromName?: string;
  replyTo?: string;
  lane?: Lane;
}

/** What may be done to a campaign until it is started. */
export function addDraftCommands(campaign: Command): void {
  campaign
    .command("edit")
    .description("change a campaign that was never started; what is not given stays")
    .argument("<campaign>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--name <name>", "another name")
    .option("--template <template>", "template's name or id; its latest version is taken")
    .option("-l, --list <list>", "audience: a list's name or id")
    .option("-s, --segment <segment>", "audience: a segment's name or id")
    .option("--from <address>", "From address")
    .option("--from-name <name>", "name beside the From address; empty: none")
    .option("--reply-to <address>", "where replies go; empty: to the From address")
    .addOption(new Option("--lane <lane>", "urgency").choices(lanes))
    .action(
      withFloe(async (floe, output, campaignId: string, options: EditOptions) => {
        const { tenant: tenantId, from: fromEmail, fromName, replyTo, ...rest } = options;
        const changed = await floe.campaigns.update({
          ...{ ...rest, tenantId, campaignId, fromEmail },
          ...(fromName !== undefined && { fromName: fromName || null }),
          ...(replyTo !== undefined && { replyTo: replyTo || null }),
        });
        output.result(changed, `Campaign ${changed.name} is changed.`);
      }),
    );

  campaign
    .command("delete")
    .description("delete a campaign that was never started")
    .argument("<campaign>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(
        async (floe, output, campaignId: string, { tenant, yes }: { tenant: string; yes?: boolean }) => {
          const ref = { tenantId: tenant, campaignId };
          const { name } = await floe.campaigns.get(ref);
          if (!(await confirm(`Delete campaign ${name}?`, yes))) return output.note("Nothing was changed.");
          await floe.campaigns.remove(ref);
          output.result({ campaignId, removed: true }, `Campaign ${name} is deleted.`);
        },
      ),
    );
}
