import { Command } from "commander";
import { webhookEvents, webhookEventTypes } from "../../domain/webhook-events.js";
import { confirm } from "../confirm.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";
import {
  webhookAttemptsCommand,
  webhookDeliveriesCommand,
  webhookRetryCommand,
} from "./webhook-deliveries.js";
import {
  eventsOf,
  showWebhook,
  statusOf,
  webhookCreateCommand,
  webhookRotateCommand,
  webhookUpdateCommand,
} from "./webhook-settings.js";

interface TenantOption {
  tenant: string;
}

export function webhooksCommand(): Command {
  const command = new Command("webhooks").description("endpoints of other systems that are told of events");
  command.addCommand(webhookCreateCommand());
  command.addCommand(webhookUpdateCommand());
  command.addCommand(webhookRotateCommand());
  command.addCommand(webhookDeliveriesCommand());
  command.addCommand(webhookAttemptsCommand());
  command.addCommand(webhookRetryCommand());

  command
    .command("list")
    .description("list endpoints, newest first")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--before <webhook>", "begin after this one")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(
        async (floe, output, { tenant, ...page }: TenantOption & { before?: string; limit: number }) => {
          const rows = await floe.webhooks.list({ tenantId: tenant, ...page });
          output.rows(
            rows,
            [
              { title: "WEBHOOK", value: (w) => w.webhookId },
              { title: "URL", value: (w) => w.url },
              { title: "EVENTS", value: (w) => eventsOf(w) },
              { title: "STATUS", value: (w) => statusOf(w) },
              { title: "FAILURES", value: (w) => w.failures, align: "right" },
            ],
            "No webhooks yet. Create one: floe webhooks create <url>",
          );
          if (rows.length === page.limit) output.note(`More: --before ${rows.at(-1)?.webhookId ?? ""}`);
        },
      ),
    );

  command
    .command("show")
    .description("an endpoint's settings, and how it stands")
    .argument("<webhook>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, webhookId: string, { tenant }: TenantOption) => {
        showWebhook(await floe.webhooks.get({ tenantId: tenant, webhookId }), output);
      }),
    );

  for (const [name, description] of [
    ["pause", "send nothing; events are kept"],
    ["resume", "go on, also after it was disabled, with what was kept"],
  ] as const) {
    command
      .command(name)
      .description(description)
      .argument("<webhook>", "its id")
      .requiredOption("-t, --tenant <tenant>", "whose")
      .action(
        withFloe(async (floe, output, webhookId: string, { tenant }: TenantOption) => {
          const webhook = await floe.webhooks[name]({ tenantId: tenant, webhookId });
          output.result(webhook, `Webhook ${webhookId} is ${webhook.status}.`);
        }),
      );
  }

  command
    .command("remove")
    .description("remove an endpoint with everything that waits for it")
    .argument("<webhook>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, webhookId: string, { tenant, yes }: TenantOption & { yes?: boolean }) => {
        const question = `Remove webhook ${webhookId}, with its deliveries and attempts?`;
        if (!(await confirm(question, yes))) return output.note("Nothing was changed.");
        await floe.webhooks.remove({ tenantId: tenant, webhookId });
        output.result({ webhookId, removed: true }, `Webhook ${webhookId} is removed.`);
      }),
    );

  command
    .command("test")
    .description("send an event webhook.test to one endpoint")
    .argument("<webhook>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, webhookId: string, { tenant }: TenantOption) => {
        const told = await floe.webhooks.test({ tenantId: tenant, webhookId });
        const look = `floe webhooks deliveries ${webhookId} --tenant ${tenant}`;
        output.result(told, `Event ${told.eventId} is under way: ${look}`);
      }),
    );

  command
    .command("event-types")
    .description("the events that there are")
    .action(
      withFloe((_floe, output) => {
        output.rows(
          webhookEventTypes.map((type) => ({ type, ...webhookEvents[type] })),
          [
            { title: "TYPE", value: (e) => e.type },
            { title: "VERSION", value: (e) => e.version, align: "right" },
            { title: "SENT WHEN", value: (e) => e.when },
          ],
          "There are no events.",
        );
        return Promise.resolve();
      }),
    );
  return command;
}
