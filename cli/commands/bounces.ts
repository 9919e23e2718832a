import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { Command, Option } from "commander";
import {
  inboundKinds,
  reportSources,
  type InboundReport,
  type InboundResult,
  type ReportSource,
} from "../../domain/bounces.js";
import { InvalidInput } from "../../domain/errors.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface ListOptions {
  tenant: string;
  kind?: InboundReport["kind"];
  source?: ReportSource;
  limit: number;
}

export function bouncesCommand(): Command {
  const command = new Command("bounces").description(
    "mail that came back: bounces, complaints, replies of machines",
  );

  command
    .command("take")
    .description("take one message that came to a return path; again is safe")
    .argument("[file]", "the whole message; standard input when left out")
    .addHelpText(
      "after",
      `
A mail server can hand each message over as it comes, for example Postfix by an alias (75: keep it and try again):
  bounces: "|floe bounces take || exit 75"

Example:
  $ floe bounces take report.eml`,
    )
    .action(
      withFloe(async (floe, output, file: string | undefined) => {
        const taken = await floe.bounces.take(await readReportFile(file));
        output.result(taken, `${nameOf(taken.report)}: ${said[taken.result]}.`);
      }),
    );

  command
    .command("list")
    .description("list a tenant's, newest first")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .addOption(new Option("--kind <kind>", "only these").choices(inboundKinds))
    .addOption(new Option("--source <source>", "only what these told").choices(reportSources))
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(async (floe, output, { tenant, kind, source, limit }: ListOptions) => {
        output.rows(
          await floe.bounces.list({ tenantId: tenant, kind, source, limit }),
          [
            { title: "RECEIVED", value: (r) => r.receivedAt },
            { title: "SOURCE", value: (r) => r.source },
            { title: "KIND", value: (r) => r.kind },
            { title: "CLASS", value: (r) => r.bounceClass ?? "" },
            { title: "CODE", value: (r) => r.enhancedCode ?? "" },
            { title: "RESULT", value: (r) => r.result },
            { title: "SEND", value: (r) => r.sendId },
            { title: "CONTACT", value: (r) => r.contactId },
            { title: "DIAGNOSTIC", value: (r) => r.diagnostic ?? "" },
          ],
          "Nothing came back.",
        );
      }),
    );
  return command;
}

const said: Record<InboundResult, string> = {
  recorded: "recorded",
  suppressed: "recorded, and the address is suppressed",
  ignored: "recorded, nothing follows",
  unmatched: "it carries no link of ours, so nothing follows",
  repeated: "the same came before, nothing was changed",
};

function nameOf(report: InboundReport): string {
  return report.kind === "bounce" ? `${report.bounceClass} bounce` : report.kind;
}

async function readReportFile(file: string | undefined): Promise<Buffer> {
  if (file === undefined) return buffer(process.stdin);
  try {
    return await readFile(file);
  } catch (error) {
    throw new InvalidInput([{ field: "file", problem: `${file}: cannot be read` }], { cause: error });
  }
}
