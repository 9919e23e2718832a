import { Command } from "commander";
import type { DomainCheck } from "../../client/domain-checks.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface OfTenant {
  tenant: string;
}

export function domainsCommand(): Command {
  const command = new Command("domains").description(
    "how domains that mail comes from are authenticated: SPF, DKIM, DMARC, MX, PTR, MTA-STS, TLS-RPT, BIMI",
  );

  command
    .command("list")
    .description("how each domain stands")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, { tenant }: OfTenant) => {
        output.rows(
          await floe.domainChecks.list(tenant),
          [
            { title: "DOMAIN", value: (d) => d.domain },
            { title: "STATUS", value: (d) => d.status },
            { title: "FAILS", value: (d) => checksThat(d, "fail") },
            { title: "WARNS", value: (d) => checksThat(d, "warning") },
            { title: "SEEN", value: (d) => d.seenAt },
          ],
          "No domain was looked at yet. Try: floe domains check <domain> --tenant <tenant>",
        );
      }),
    );

  ofDomain(command, "check", "look now").action(
    withFloe(async (floe, output, domain: string, { tenant }: OfTenant) => {
      printFindings(output, await floe.domainChecks.check({ tenantId: tenant, domain }));
    }),
  );

  ofDomain(command, "show", "what was found last, with what to do").action(
    withFloe(async (floe, output, domain: string, { tenant }: OfTenant) => {
      printFindings(output, await floe.domainChecks.get({ tenantId: tenant, domain }));
    }),
  );

  ofDomain(command, "history", "what was found before, newest first")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(async (floe, output, domain: string, { tenant, limit }: OfTenant & { limit: number }) => {
        output.rows(
          await floe.domainChecks.history({ tenantId: tenant, domain, limit }),
          [
            { title: "FROM", value: (d) => d.checkedAt },
            { title: "TO", value: (d) => d.seenAt },
            { title: "STATUS", value: (d) => d.status },
            { title: "FAILS", value: (d) => checksThat(d, "fail") },
            { title: "WARNS", value: (d) => checksThat(d, "warning") },
          ],
          "Nothing yet.",
        );
      }),
    );
  return command;
}

function ofDomain(domains: Command, name: string, description: string): Command {
  return domains
    .command(name)
    .description(description)
    .argument("<domain>", "domain of From addresses")
    .requiredOption("-t, --tenant <tenant>", "whose");
}

function checksThat({ findings }: DomainCheck, status: "fail" | "warning"): string {
  return findings
    .filter((finding) => finding.status === status)
    .map(({ check }) => check)
    .join(", ");
}

function printFindings(output: Output, { findings, ...check }: DomainCheck): void {
  if (output.json) return output.result({ ...check, findings }, "");
  output.rows(
    findings,
    [
      { title: "CHECK", value: ({ check: name }) => name },
      { title: "STATUS", value: ({ status }) => status },
      { title: "FOUND", value: ({ found }) => found },
    ],
    "",
  );
  for (const { check: name, advice, record, status } of findings) {
    if (advice === null || status === "optional") continue;
    output.note(`\n${name}: ${advice}`);
    if (record) output.note(`  ${record.name}  TXT  "${record.value}"`);
  }
}
