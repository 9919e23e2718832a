import { Command } from "commander";
import { confirm } from "../confirm.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface TenantOption {
  tenant: string;
}

const tenantHelp = "whose; '*' for every tenant";

export function suppressionsCommand(): Command {
  const command = new Command("suppressions").description(
    "addresses and domains that must not be written to",
  );

  command
    .command("add")
    .description("from now on nothing is sent there, running sends included")
    .argument("<address-or-domain>")
    .requiredOption("-t, --tenant <tenant>", tenantHelp)
    .addHelpText(
      "after",
      `
Examples:
  $ floe suppressions add person@example.com --tenant acme
  $ floe suppressions add example.com --tenant '*'`,
    )
    .action(
      withFloe(async (floe, output, target: string, { tenant }: TenantOption) => {
        const { added } = await floe.suppressions.add({ tenantId: tenant, ...parseTarget(target) });
        output.result({ added }, added ? `${target} is suppressed.` : `${target} was suppressed already.`);
      }),
    );

  command
    .command("remove")
    .description("let mail through again")
    .argument("<address-or-domain>")
    .requiredOption("-t, --tenant <tenant>", tenantHelp)
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, target: string, { tenant, yes }: TenantOption & { yes?: boolean }) => {
        const question = `Write to ${target} again? Only do so when they asked for it.`;
        if (!(await confirm(question, yes))) return output.note("Nothing was changed.");
        const { removed } = await floe.suppressions.remove({ tenantId: tenant, ...parseTarget(target) });
        output.result(
          { removed },
          removed ? `${target} is no longer suppressed.` : `${target} was not suppressed.`,
        );
      }),
    );

  command
    .command("list")
    .description("list suppressions, oldest first")
    .requiredOption("-t, --tenant <tenant>", tenantHelp)
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(async (floe, output, { tenant, limit }: TenantOption & { limit: number }) => {
        output.rows(
          await floe.suppressions.list({ tenantId: tenant, limit }),
          [
            { title: "KIND", value: (s) => s.kind },
            { title: "VALUE", value: (s) => s.value },
            { title: "REASON", value: (s) => s.reason },
            { title: "SINCE", value: (s) => s.createdAt },
          ],
          "Nothing is suppressed.",
        );
      }),
    );
  return command;
}

/** `name@example.com` is one address, `example.com` a whole domain. */
function parseTarget(target: string): { address: string } | { domain: string } {
  return target.includes("@") ? { address: target } : { domain: target };
}
