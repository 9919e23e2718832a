import { Command, Option } from "commander";
import { lanes, type Lane } from "../../domain/lanes.js";
import { withFloe } from "../session.js";
import { collectPairs, parseInstant, parsePositive } from "../values.js";
import { addDraftCommands } from "./campaign-draft.js";
import { addReportCommands } from "./campaign-reports.js";
import { addSteeringCommands } from "./campaign-steering.js";
import { addRecipientsCommands } from "./send-recipients.js";
import { addOutcomesCommand } from "./send-outcomes.js";
import { showSummary, watchSend } from "./send-progress.js";

interface CreateOptions {
  tenant: string;
  template: string;
  list?: string;
  segment?: string;
  from: string;
  fromName?: string;
  replyTo?: string;
  header?: Record<string, string>;
  lane: Lane;
  onUnknown: "resend" | "hold";
  onMissingVariable: "empty" | "refuse";
  trackOpens: boolean;
  trackClicks: boolean;
}

interface SendOptions {
  tenant: string;
  run?: string;
  at?: Date;
  localTime?: string;
  timeZone?: string;
  rate?: number;
  user?: string;
  watch: boolean;
}

export function campaignCommand(): Command {
  const command = new Command("campaign").description("compose, send, steer and look at campaigns");

  command
    .command("create")
    .description("compose a campaign; nothing is sent yet")
    .argument("<name>")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .requiredOption("--template <template>", "template's name or id")
    .requiredOption("--from <address>", "From address")
    .option("-l, --list <list>", "audience: a list's name or id")
    .option("-s, --segment <segment>", "audience: a segment's name or id")
    .option("--from-name <name>", "name beside the From address")
    .option("--reply-to <address>", "where replies go")
    .option("--header <name=value>", "additional header of every message; repeat it", collectPairs)
    .addOption(new Option("--lane <lane>", "urgency").choices(lanes).default("campaign-standard"))
    .addOption(
      new Option("--on-unknown <choice>", "recipients whose delivery is not knowable after a crash")
        .choices(["resend", "hold"])
        .default("resend"),
    )
    .addOption(
      new Option("--on-missing-variable <choice>", "a hole that a recipient cannot fill")
        .choices(["empty", "refuse"])
        .default("empty"),
    )
    .option("--no-track-opens", "no open pixel")
    .option("--no-track-clicks", "links as they are")
    .addHelpText(
      "after",
      "\nExample:\n  $ floe campaign create Spring --tenant acme --template welcome --list news --from hello@acme.example",
    )
    .action(
      withFloe(async (floe, output, name: string, options: CreateOptions) => {
        const { tenant, from, header, ...rest } = options;
        const created = await floe.campaigns.create({
          ...rest,
          tenantId: tenant,
          name,
          fromEmail: from,
          headers: header,
        });
        output.result(created, `Created campaign ${created.campaignId}.`);
        output.note(`Send it: floe campaign send ${created.campaignId} --tenant ${tenant}`);
      }),
    );

  command
    .command("send")
    .description("start a run of a campaign; repeating it never sends twice")
    .argument("<campaign>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--run <key>", "names this run; another key sends the campaign again")
    .option("--at <instant>", "start then, such as 2026-12-01T09:00:00Z", parseInstant)
    .option(
      "--local-time <time>",
      "start at this wall-clock time of each recipient, such as 2026-12-01T09:00",
    )
    .option("--time-zone <zone>", "for recipients without one, such as Europe/Berlin")
    .option("--rate <n>", "messages a second at most", parsePositive)
    .option("-u, --user <user>", "who asks: shown with its progress")
    .option("--no-watch", "return as soon as it has started")
    .addHelpText(
      "after",
      `
Examples:
  $ floe campaign send 0198c5d2-… --tenant acme
  $ floe campaign send 0198c5d2-… --tenant acme --run december --local-time 2026-12-01T09:00 --time-zone Europe/Berlin`,
    )
    .action(
      withFloe(async (floe, output, campaignId: string, options: SendOptions) => {
        const { tenant, run, rate, watch: stay, ...when } = options;
        const send = await floe.campaigns.start({
          ...when,
          tenantId: tenant,
          campaignId,
          ...(run !== undefined && { runKey: run }),
          ...(rate !== undefined && { perSecond: rate }),
        });
        const said = send.created
          ? `Send ${send.sendId} started.`
          : `This run was started before: send ${send.sendId}.`;
        if (!stay) return output.result(send, said);
        output.note(said);
        if (await watchSend(floe, send, output)) showSummary(await floe.campaigns.status(send), output);
      }),
    );

  addDraftCommands(command);
  addSteeringCommands(command);
  addReportCommands(command);
  addOutcomesCommand(command);
  addRecipientsCommands(command);
  return command;
}
