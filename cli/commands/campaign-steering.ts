import { Option, type Command } from "commander";
import { unknownResolutions, type UnknownResolution } from "../../domain/recipient-status.js";
import { confirm } from "../confirm.js";
import { withFloe } from "../session.js";
import { parseRate } from "../values.js";

interface TenantOption {
  tenant: string;
}

interface ResolveOptions extends TenantOption {
  as: UnknownResolution;
  contact?: string[];
  yes?: boolean;
}

/** `pause`, `resume`, `cancel`, `set-rate`, `retry-failed`, `resolve-unknown` of one send. */
export function addSteeringCommands(campaign: Command): void {
  ofSend(campaign, "pause", "stop taking up recipients; what is on the wire is finished").action(
    withFloe(async (floe, output, sendId: string, { tenant }: TenantOption) => {
      await floe.campaigns.pause({ tenantId: tenant, sendId });
      output.result({ sendId, asked: "pause" }, `Send ${sendId} pauses.`);
    }),
  );

  ofSend(campaign, "resume", "go on where the pause left off, or where a lost workflow stood").action(
    withFloe(async (floe, output, sendId: string, { tenant }: TenantOption) => {
      await floe.campaigns.resume({ tenantId: tenant, sendId });
      output.result({ sendId, asked: "resume" }, `Send ${sendId} goes on.`);
    }),
  );

  ofSend(campaign, "cancel", "end the send; recipients not reached yet become cancelled")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, sendId: string, { tenant, yes }: TenantOption & { yes?: boolean }) => {
        const question = `Cancel send ${sendId}? Recipients not reached yet get nothing.`;
        if (!(await confirm(question, yes))) return output.note("Nothing was changed.");
        await floe.campaigns.cancel({ tenantId: tenant, sendId });
        output.result({ sendId, asked: "cancel" }, `Send ${sendId} is being cancelled.`);
      }),
    );

  ofSend(campaign, "set-rate", "change how fast the send may go, while it runs")
    .argument("<rate>", "messages a second at most, such as 20 or 0.5; off: no limit of its own", parseRate)
    .addHelpText("after", "\nExample:\n  $ floe campaign set-rate 0198c5d2-… 20 --tenant acme")
    .action(
      withFloe(async (floe, output, sendId: string, perSecond: number | null, { tenant }: TenantOption) => {
        await floe.campaigns.setRate({ tenantId: tenant, sendId, perSecond });
        const text = perSecond === null ? "has no limit of its own" : `sends at most ${perSecond} a second`;
        output.result({ sendId, perSecond }, `Send ${sendId} ${text}.`);
      }),
    );

  ofSend(campaign, "retry-failed", "take the dead recipients up again, also after the send has ended").action(
    withFloe(async (floe, output, sendId: string, { tenant }: TenantOption) => {
      const retried = await floe.campaigns.retryFailed({ tenantId: tenant, sendId });
      output.result(retried, `${retried.revived} recipients are tried again.`);
    }),
  );

  ofSend(campaign, "resolve-unknown", "settle recipients held because nobody knows whether they got it")
    .addOption(
      new Option("--as <word>", "they got it, or are to get it again")
        .choices(unknownResolutions)
        .makeOptionMandatory(),
    )
    .option("--contact <id...>", "only these contacts; all of the send without it")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", resolveUnknownHelp)
    .action(
      withFloe(async (floe, output, sendId: string, { tenant, as, contact, yes }: ResolveOptions) => {
        const whom = contact ? `${contact.length} recipients` : "all unknown recipients";
        const question = `Send ${whom} of ${sendId} the message again? Some may get it twice.`;
        if (as === "resend" && !(await confirm(question, yes))) return output.note("Nothing was changed.");
        const done = await floe.campaigns.resolveUnknown({
          ...{ tenantId: tenant, sendId, as },
          ...(contact && { contactIds: contact }),
        });
        const what = as === "sent" ? "stand as sent" : "are sent again";
        output.result(done, `${done.resolved} recipients ${what} by your word.`);
      }),
    );
}

const resolveUnknownHelp = `
Who they are: floe campaign recipients <send> --tenant <tenant> --status unknown

Examples:
  $ floe campaign resolve-unknown 0198c5d2-… --tenant acme --as sent
  $ floe campaign resolve-unknown 0198c5d2-… --tenant acme --as resend --contact 17 --contact 42

Those resolved before stay as they are. Works while the send runs and after it has ended.`;

function ofSend(campaign: Command, name: string, description: string): Command {
  return campaign
    .command(name)
    .description(description)
    .argument("<send>", "the send's id")
    .requiredOption("-t, --tenant <tenant>", "whose");
}
