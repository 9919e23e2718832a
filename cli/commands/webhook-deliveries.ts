import { Command } from "commander";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface TenantOption {
  tenant: string;
}

interface PageOptions extends TenantOption {
  status?: "pending" | "delivered" | "dead" | "cancelled";
  before?: string;
  limit: number;
}

export function webhookDeliveriesCommand(): Command {
  return new Command("deliveries")
    .description("what an endpoint was told or is to be told, newest first")
    .argument("[webhook]", "its id; absent: of every endpoint")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--status <status>", "only pending, delivered, dead or cancelled")
    .option("--before <delivery>", "begin after this one")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(async (floe, output, webhookId: string | undefined, { tenant, ...page }: PageOptions) => {
        const rows = await floe.webhooks.deliveries({ tenantId: tenant, webhookId, ...page });
        output.rows(
          rows,
          [
            { title: "DELIVERY", value: (d) => d.deliveryId },
            { title: "EVENT", value: (d) => d.type },
            { title: "STATUS", value: (d) => d.status },
            { title: "ATTEMPTS", value: (d) => d.attempts, align: "right" },
            { title: "ANSWER", value: (d) => d.error ?? d.responseStatus },
            { title: "NEXT", value: (d) => d.nextAttemptAt },
            { title: "CREATED", value: (d) => d.createdAt },
          ],
          "Nothing was to be told.",
        );
        if (rows.length === page.limit) output.note(`More: --before ${rows.at(-1)?.deliveryId ?? ""}`);
      }),
    );
}

export function webhookAttemptsCommand(): Command {
  return new Command("attempts")
    .description("every request of one delivery, with what was answered")
    .argument("<delivery>", "its number")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, deliveryId: string, { tenant }: TenantOption) => {
        output.rows(
          await floe.webhooks.attempts({ tenantId: tenant, deliveryId }),
          [
            { title: "ATTEMPT", value: (a) => a.attempt, align: "right" },
            { title: "STARTED", value: (a) => a.startedAt },
            { title: "MS", value: (a) => a.durationMs, align: "right" },
            { title: "OUTCOME", value: (a) => a.outcome ?? "not known" },
            { title: "STATUS", value: (a) => a.responseStatus, align: "right" },
            { title: "ANSWER", value: (a) => a.error ?? a.response },
          ],
          "It was not attempted yet.",
        );
      }),
    );
}

export function webhookRetryCommand(): Command {
  return new Command("retry")
    .description("try one delivery again at once, under the same webhook-id; also a dead or a delivered one")
    .argument("<delivery>", "its number")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, deliveryId: string, { tenant }: TenantOption) => {
        await floe.webhooks.retry({ tenantId: tenant, deliveryId });
        output.result({ deliveryId, retried: true }, `Delivery ${deliveryId} is tried again.`);
      }),
    );
}
