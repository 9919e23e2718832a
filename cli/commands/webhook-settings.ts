import { Command } from "commander";
import type { Webhook } from "../../client/webhooks.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount, parseNumber, parseRate } from "../values.js";

interface TenantOption {
  tenant: string;
}

interface SettingsOptions extends TenantOption {
  event?: string[];
  description?: string;
  maxAttempts?: number;
  retryBaseMs?: number;
  retryCapMs?: number;
  timeoutMs?: number;
  rate?: number | null;
  concurrency?: number;
  fifo?: boolean;
  region?: string;
  allowPrivate?: boolean;
}

export function webhookCreateCommand(): Command {
  return settingsOptions(new Command("create"))
    .description("tell an endpoint of events; its secret is shown once, here")
    .argument("<url>", "https://…")
    .addHelpText(
      "after",
      `
Examples:
  $ floe webhooks create https://example.com/hooks --tenant acme
  $ floe webhooks create https://example.com/hooks --tenant acme --event email.bounced email.complained`,
    )
    .action(
      withFloe(async (floe, output, url: string, { tenant, event, rate, ...settings }: SettingsOptions) => {
        const webhook = await floe.webhooks.create({
          ...{ ...settings, tenantId: tenant, url, eventTypes: event },
          perSecond: rate,
        });
        output.result(
          webhook,
          `Webhook ${webhook.webhookId} is told of ${eventsOf(webhook)}.\nIts secret, shown once: ${webhook.secret}`,
        );
      }),
    );
}

export function webhookUpdateCommand(): Command {
  return settingsOptions(new Command("update"))
    .description("change settings; what is left out stays")
    .argument("<webhook>", "its id")
    .option("--url <url>", "another address")
    .option("--every-event", "every event type")
    .option("--no-fifo", "in any order")
    .option("--no-region", "requests are made by any worker")
    .option("--no-allow-private", "only public addresses")
    .action(
      withFloe(
        async (
          floe,
          output,
          webhookId: string,
          {
            tenant,
            event,
            everyEvent,
            rate,
            region,
            ...settings
          }: Omit<SettingsOptions, "region"> & {
            url?: string;
            everyEvent?: boolean;
            region?: string | false;
          },
        ) => {
          const webhook = await floe.webhooks.update({
            ...{ ...settings, tenantId: tenant, webhookId, perSecond: rate },
            eventTypes: everyEvent ? null : event,
            region: region === false ? null : region,
          });
          showWebhook(webhook, output);
        },
      ),
    );
}

export function webhookRotateCommand(): Command {
  return new Command("rotate-secret")
    .description("a new secret; the old one signs, too, for a while")
    .argument("<webhook>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--keep-old-ms <n>", "for so long (86400000); 0: not at all", parseNumber)
    .action(
      withFloe(
        async (
          floe,
          output,
          webhookId: string,
          { tenant, keepOldMs }: TenantOption & { keepOldMs?: number },
        ) => {
          const webhook = await floe.webhooks.rotateSecret({ tenantId: tenant, webhookId, keepOldMs });
          const until = webhook.previousSecretUntil?.toISOString();
          output.result(
            webhook,
            `Its new secret, shown once: ${webhook.secret}${until ? `\nThe old one signs, too, until ${until}.` : ""}`,
          );
        },
      ),
    );
}

function settingsOptions(command: Command): Command {
  return command
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-e, --event <type...>", "only these event types")
    .option("--description <text>", "what it is for")
    .option("--max-attempts <n>", "then it is a dead letter (22)", parseCount)
    .option("--retry-base-ms <n>", "the first wait, at most (30000)", parseCount)
    .option("--retry-cap-ms <n>", "any wait, at most (43200000)", parseCount)
    .option("--timeout-ms <n>", "for one request, answer included (15000)", parseCount)
    .option("--rate <n>", "requests a second, or off", parseRate)
    .option("--concurrency <n>", "requests at once (10)", parseCount)
    .option("--fifo", "events of one recipient or other subject one after the other")
    .option("--region <region>", "requests are made by workers of this region")
    .option("--allow-private", "the host may be an address inside");
}

export function showWebhook(webhook: Webhook, output: Output): void {
  output.fields(webhook, [
    ["Webhook", webhook.webhookId],
    ["URL", webhook.url],
    ["Description", webhook.description],
    ["Events", eventsOf(webhook)],
    ["Status", statusOf(webhook)],
    ["Failures in a row", webhook.failures],
    ["Failing since", webhook.failingSince],
    ["Held back until", webhook.blockedUntil],
    ["Attempts at most", webhook.maxAttempts],
    ["Waits", `${webhook.retryBaseMs} ms, by two, to ${webhook.retryCapMs} ms`],
    ["Timeout", `${webhook.timeoutMs} ms`],
    ["Requests a second", webhook.perSecond ?? "any"],
    ["Requests at once", webhook.concurrency],
    ["In order", webhook.fifo],
    ["Region", webhook.region ?? "any"],
    ["May reach inside", webhook.allowPrivate],
    ["Old secret until", webhook.previousSecretUntil],
  ]);
}

export function eventsOf({ eventTypes }: Webhook): string {
  return eventTypes === null ? "every event" : eventTypes.join(", ");
}

export function statusOf({ status, disabledReason, blockedUntil }: Webhook): string {
  if (disabledReason !== null) return `${status}: ${disabledReason}`;
  return status === "active" && blockedUntil !== null && blockedUntil > new Date() ? "held back" : status;
}
