import { Command } from "commander";
import { confirm } from "../confirm.js";
import { withFloe } from "../session.js";
import { readTextFile } from "../values.js";

interface KeyOptions {
  tenant: string;
  selector: string;
}

export function dkimCommand(): Command {
  const command = new Command("dkim").description("signing keys of From domains");

  command
    .command("add")
    .description("save a signing key and print the DNS record that publishes it")
    .argument("<domain>", "domain of the From address")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .requiredOption("--selector <name>", "selector, such as floe1")
    .requiredOption("--key <file>", "PEM file with an RSA or Ed25519 private key")
    .addHelpText(
      "after",
      `
Examples:
  $ openssl genpkey -algorithm ed25519 -out ed25519.pem
  $ floe dkim add example.com --tenant acme --selector floe1 --key ed25519.pem`,
    )
    .action(
      withFloe(
        async (floe, output, domain: string, { tenant, selector, key }: KeyOptions & { key: string }) => {
          const privateKey = await readTextFile("--key", key);
          const added = await floe.dkimKeys.add({ tenantId: tenant, domain, selector, privateKey });
          output.note(`The key is saved (${added.algorithm}). Publish this TXT record:`);
          output.result(added, `${added.dnsName}  TXT  "${added.dnsValue}"`);
        },
      ),
    );

  command
    .command("list")
    .description("list signing keys")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, { tenant }: { tenant: string }) => {
        output.rows(
          await floe.dkimKeys.list(tenant),
          [
            { title: "DOMAIN", value: (k) => k.domain },
            { title: "SELECTOR", value: (k) => k.selector },
            { title: "ALGORITHM", value: (k) => k.algorithm },
            { title: "CREATED", value: (k) => k.createdAt },
          ],
          "No keys: mail leaves unsigned. Add one: floe dkim add <domain> --selector <name> --key <file>",
        );
      }),
    );

  command
    .command("remove")
    .description("forget a signing key; mail of the domain is no longer signed with it")
    .argument("<domain>")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .requiredOption("--selector <name>", "its selector")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(
        async (floe, output, domain: string, { tenant, selector, yes }: KeyOptions & { yes?: boolean }) => {
          if (!(await confirm(`Remove key ${selector} of ${domain}?`, yes)))
            return output.note("Nothing was changed.");
          await floe.dkimKeys.remove({ tenantId: tenant, domain, selector });
          output.result({ domain, selector, removed: true }, `Key ${selector} of ${domain} is removed.`);
        },
      ),
    );
  return command;
}
