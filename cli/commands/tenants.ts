import { Command } from "commander";
import { withFloe } from "../session.js";

export function tenantsCommand(): Command {
  const command = new Command("tenants").description("customers: everything belongs to one");

  command
    .command("create")
    .description("create a tenant (safe to repeat)")
    .argument("<tenant>", "its id: lower-case letters, digits, - and _")
    .option("--name <name>", "name shown to people")
    .option("--provider <choice>", "auto, internal, or the name of an ESP relay")
    .addHelpText("after", "\nExample:\n  $ floe tenants create acme --name 'Acme Inc.'")
    .action(
      withFloe(async (floe, output, tenantId: string, options: { name?: string; provider?: string }) => {
        const tenant = await floe.tenants.create({
          tenantId,
          name: options.name,
          providerChoice: options.provider,
        });
        output.result(
          tenant,
          tenant.created ? `Created tenant ${tenantId}.` : `Tenant ${tenantId} exists already.`,
        );
      }),
    );

  command
    .command("list")
    .description("list tenants")
    .action(
      withFloe(async (floe, output) => {
        output.rows(
          await floe.tenants.list(),
          [
            { title: "TENANT", value: (t) => t.tenantId },
            { title: "NAME", value: (t) => t.name },
            { title: "PROVIDER", value: (t) => t.providerChoice },
            { title: "CREATED", value: (t) => t.createdAt },
          ],
          "No tenants yet. Create one: floe tenants create <tenant>",
        );
      }),
    );
  return command;
}
