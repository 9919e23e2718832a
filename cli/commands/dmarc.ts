import { Command } from "commander";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { DmarcSummary } from "../../client/dmarc.js";
import { InvalidInput } from "../../domain/errors.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface OfTenant {
  tenant: string;
}

export function dmarcCommand(): Command {
  const command = new Command("dmarc").description(
    "DMARC aggregate reports: what mailbox providers say of mail that claims to come from your domains",
  );
  ofTenant(command.command("import"))
    .description("take reports, as XML, in gzip or in zip; one that is known changes nothing")
    .argument("<files...>", "as they came")
    .action(
      withFloe(async (floe, output, files: string[], { tenant }: OfTenant) => {
        const taken = [];
        for (const file of files) {
          const content = await read(file);
          const report = await floe.dmarc.import({ tenantId: tenant }, content).catch((error: unknown) => {
            throw naming(file, error);
          });
          taken.push({ file: basename(file), ...report });
        }
        output.rows(
          taken,
          [
            { title: "FILE", value: (r) => r.file },
            { title: "", value: (r) => (r.created ? "taken" : "known") },
            { title: "DOMAIN", value: (r) => r.domain },
            { title: "BY", value: (r) => r.orgName },
            { title: "MESSAGES", value: (r) => r.messages, align: "right" },
            { title: "FAILING", value: (r) => r.failing, align: "right" },
          ],
          "",
        );
      }),
    );

  ofTenant(command.command("domains"))
    .description("domains with reports")
    .option("--days <n>", "of the last days", parseCount, 30)
    .action(
      withFloe(async (floe, output, { tenant, days }: OfTenant & { days: number }) => {
        output.rows(
          await floe.dmarc.domains({ tenantId: tenant, days }),
          [
            { title: "DOMAIN", value: (d) => d.domain },
            { title: "REPORTS", value: (d) => d.reports, align: "right" },
            { title: "MESSAGES", value: (d) => d.messages, align: "right" },
            { title: "FAILING", value: (d) => d.failing, align: "right" },
            { title: "LAST", value: (d) => d.lastReportAt },
          ],
          "No report yet. Try: floe dmarc import <file> --tenant <tenant>",
        );
      }),
    );

  ofTenant(command.command("show"))
    .description("what reports say of a domain: sources, failing ones first, and what to do")
    .argument("<domain>", "domain of From addresses")
    .option("--days <n>", "of the last days", parseCount, 30)
    .action(
      withFloe(async (floe, output, domain: string, { tenant, days }: OfTenant & { days: number }) => {
        printSummary(output, await floe.dmarc.summary({ tenantId: tenant, domain, days }));
      }),
    );

  ofTenant(command.command("reports"))
    .description("reports, newest first")
    .option("--domain <domain>", "only of this one")
    .option("--before <report>", "begin before this one")
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(
        async (
          floe,
          output,
          { tenant, ...page }: OfTenant & { domain?: string; before?: string; limit: number },
        ) => {
          output.rows(
            await floe.dmarc.reports({ tenantId: tenant, ...page }),
            [
              { title: "REPORT", value: (r) => r.reportId },
              { title: "DOMAIN", value: (r) => r.domain },
              { title: "BY", value: (r) => r.orgName },
              { title: "FROM", value: (r) => r.beginsAt },
              { title: "TO", value: (r) => r.endsAt },
              { title: "MESSAGES", value: (r) => r.messages, align: "right" },
              { title: "FAILING", value: (r) => r.failing, align: "right" },
            ],
            "No report yet.",
          );
        },
      ),
    );

  ofTenant(command.command("records"))
    .description("what a report says of each source")
    .argument("<report>", "its number")
    .option("--after <record>", "begin after this one")
    .option("--limit <n>", "rows", parseCount, 100)
    .action(
      withFloe(
        async (
          floe,
          output,
          reportId: string,
          { tenant, ...page }: OfTenant & { after?: string; limit: number },
        ) => {
          output.rows(
            await floe.dmarc.records({ tenantId: tenant, reportId, ...page }),
            [
              { title: "RECORD", value: (r) => r.recordId },
              { title: "SOURCE", value: (r) => r.sourceIp },
              { title: "MESSAGES", value: (r) => r.messages, align: "right" },
              { title: "FROM", value: (r) => r.headerFrom },
              { title: "DKIM", value: (r) => (r.dkimAligned ? "aligned" : "no") },
              { title: "SPF", value: (r) => (r.spfAligned ? "aligned" : "no") },
              { title: "DISPOSITION", value: (r) => r.disposition },
              { title: "WHY", value: (r) => r.reasons.join(", ") },
            ],
            "No more.",
          );
        },
      ),
    );
  return command;
}

function ofTenant(command: Command): Command {
  return command.requiredOption("-t, --tenant <tenant>", "whose");
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new InvalidInput([{ field: file, problem: "cannot be read" }], { cause: error });
  }
}

/** Of several files, which one. */
function naming(file: string, error: unknown): unknown {
  if (!(error instanceof InvalidInput)) return error;
  const problems = error.problems.map(({ field, problem }) => ({
    field: field === "file" ? basename(file) : field,
    problem,
  }));
  return new InvalidInput(problems, { cause: error });
}

function printSummary(output: Output, summary: DmarcSummary): void {
  if (output.json) return output.result(summary, "");
  const { domain, messages, failing, sources, sourceCount, advice, policy } = summary;
  if (messages === 0)
    return output.note(
      `No report about ${domain} yet. Publish _dmarc.${domain} with rua=mailto:…, and import what arrives there.`,
    );
  output.note(`${messages} messages as ${domain}, ${failing} failing; p=${policy?.p ?? "none"}`);
  output.rows(
    sources,
    [
      { title: "SOURCE", value: (s) => s.sourceIp },
      { title: "IS", value: (s) => s.nodeId ?? "unknown source" },
      { title: "MESSAGES", value: (s) => s.messages, align: "right" },
      { title: "DKIM", value: (s) => s.dkimAligned, align: "right" },
      { title: "SPF", value: (s) => s.spfAligned, align: "right" },
      { title: "FAILING", value: (s) => s.failing, align: "right" },
    ],
    "",
  );
  if (sourceCount > sources.length) output.note(`and ${sourceCount - sources.length} more`);
  for (const { severity, text } of advice) output.note(`${severity}: ${text}`);
}
