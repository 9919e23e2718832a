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
import type { StoredReport, UnmatchedReport } from "../../client/bounces.js";
import type { Column, Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface ListOptions {
  tenant?: string;
  unmatched?: boolean;
  kind?: InboundReport["kind"];
  source?: ReportSource;
  limit: number;
}

type ReportOptions = Pick<ListOptions, "tenant" | "unmatched">;

export function bouncesCommand(): Command {
  const command = new Command("bounces").description("mail that came back: bounces, complaints, replies");

  command
    .command("take")
    .description("take one message that came back; again is safe")
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

  ofReports(command.command("list").description("list what came back, newest first"))
    .addOption(new Option("--kind <kind>", "only these, of a tenant").choices(inboundKinds))
    .addOption(new Option("--source <source>", "only what these told").choices(reportSources))
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(async (floe, output, { kind, source, limit, ...whose }: ListOptions) => {
        const tenantId = tenantOf(whose);
        if (tenantId === null) showUnmatched(await floe.bounces.unmatched({ limit }), output);
        else showReports(await floe.bounces.list({ tenantId, kind, source, limit }), output);
      }),
    );

  ofReports(command.command("show").description("show one, and the message as it came"))
    .argument("<report>", "its id")
    .action(
      withFloe(async (floe, output, reportId: string, whose: ReportOptions) => {
        const { raw, ...report } = await floe.bounces.get({ tenantId: tenantOf(whose), reportId });
        const text = raw?.toString("utf8") ?? null;
        output.result({ ...report, raw: text }, text ?? "The message is not kept any more.");
      }),
    );

  ofReports(
    command
      .command("reprocess")
      .description("read kept messages again, by what this version knows; again is safe")
      .argument("[report]", "its id; left out with --unmatched: all that are not matched"),
  ).action(
    withFloe(async (floe, output, reportId: string | undefined, whose: ReportOptions) => {
      const tenantId = tenantOf(whose);
      if (reportId !== undefined) {
        const again = await floe.bounces.reprocess({ tenantId, reportId });
        output.result(again, `${nameOf(again.report)}: ${said[again.result]}.`);
        return;
      }
      if (tenantId !== null)
        throw new InvalidInput([{ field: "report", problem: "is missing; give its id, or --unmatched" }]);
      const done = await floe.bounces.reprocessUnmatched();
      output.result(done, `${done.read} were read again, ${done.matched} are matched now.`);
    }),
  );
  return command;
}

function ofReports(command: Command): Command {
  return command
    .option("-t, --tenant <tenant>", "whose")
    .option("--unmatched", "those that carry no signature of ours, and so are no tenant's");
}

/** Null: what is not matched. */
function tenantOf({ tenant, unmatched }: ReportOptions): string | null {
  if ((tenant === undefined) === (unmatched !== true))
    throw new InvalidInput([{ field: "tenant", problem: "give either --tenant or --unmatched" }]);
  return tenant ?? null;
}

function showReports(reports: StoredReport[], output: Output): void {
  output.rows(
    reports,
    [
      ...whatColumns<StoredReport>(),
      { title: "SOURCE", value: (r) => r.source },
      { title: "RESULT", value: (r) => r.result },
      { title: "SEND", value: (r) => r.sendId },
      { title: "CONTACT", value: (r) => r.contactId },
      { title: "DIAGNOSTIC", value: (r) => r.diagnostic ?? "" },
    ],
    "Nothing came back.",
  );
}

function showUnmatched(reports: UnmatchedReport[], output: Output): void {
  output.rows(
    reports,
    [
      ...whatColumns<UnmatchedReport>(),
      { title: "ABOUT", value: (r) => r.claimedAddress ?? "" },
      {
        title: "GUESS",
        value: (r) => r.guess && `${r.guess.tenantId} ${r.guess.sendId} ${r.guess.contactId}`,
      },
      { title: "DIAGNOSTIC", value: (r) => r.diagnostic ?? "" },
    ],
    "Nothing came back that is not matched.",
  );
  if (reports.some(({ guess }) => guess))
    output.note(
      "A guess is not proof: anybody can write such a report. Suppress by hand: floe suppressions add",
    );
}

function whatColumns<T extends UnmatchedReport | StoredReport>(): Column<T>[] {
  return [
    { title: "REPORT", value: (r) => r.reportId },
    { title: "RECEIVED", value: (r) => r.receivedAt },
    { title: "KIND", value: (r) => r.kind },
    { title: "CLASS", value: (r) => r.bounceClass ?? "" },
    { title: "CODE", value: (r) => r.enhancedCode ?? "" },
  ];
}

const said: Record<InboundResult | "unchanged", string> = {
  recorded: "recorded",
  suppressed: "recorded, and the address is suppressed",
  ignored: "recorded, nothing follows",
  unmatched: "it carries no signature of ours, so nothing follows",
  unchanged: "it says what it said before, nothing was changed",
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
