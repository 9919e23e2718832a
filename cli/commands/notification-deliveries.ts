import { Command, Option } from "commander";
import { notificationDeliveryStatuses, type NotificationDelivery } from "../../db/notification-history.js";
import { channels, type Channel } from "../../domain/notification-kinds.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface DeliveriesOptions {
  tenant: string;
  user?: string;
  channel?: Channel;
  status?: NotificationDelivery["status"];
  before?: string;
  limit: number;
}

/** What became of notifications. */
export function notificationDeliveriesCommand(): Command {
  return new Command("deliveries")
    .description("what became of notifications by each channel, newest first")
    .argument("[notification]", "of this one only")
    .requiredOption("-t, --tenant <tenant>", "whose; * is the platform")
    .option("-u, --user <user>", "to this user only")
    .addOption(new Option("--channel <channel>", "by this one only").choices(channels))
    .addOption(new Option("--status <status>", "that stand so").choices(notificationDeliveryStatuses))
    .option("--before <delivery>", "begin after this one")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(
        async (floe, output, notificationId: string | undefined, { tenant, ...page }: DeliveriesOptions) => {
          const rows = await floe.notifications.deliveries({
            ...{ tenantId: tenant === "*" ? null : tenant, ...page },
            ...(notificationId !== undefined && { notificationId }),
          });
          output.rows(
            rows,
            [
              { title: "DELIVERY", value: (d) => d.deliveryId },
              { title: "SINCE", value: (d) => d.createdAt },
              { title: "CHANNEL", value: (d) => d.channel },
              { title: "TO", value: (d) => d.deviceName ?? d.userId },
              { title: "STATUS", value: (d) => (d.reason === null ? d.status : `${d.status}: ${d.reason}`) },
              { title: "ATTEMPTS", value: (d) => d.attempts.length, align: "right" },
              { title: "LAST ANSWER", value: (d) => d.attempts.at(-1)?.error ?? d.attempts.at(-1)?.outcome },
            ],
            "Nothing was sent.",
          );
          if (rows.length === page.limit) output.note(`More: --before ${rows.at(-1)?.deliveryId ?? ""}`);
        },
      ),
    );
}

/** Sends one to see whether it arrives. */
export function notificationTestCommand(): Command {
  return new Command("test")
    .description("send a test to somebody by one channel, whatever they chose")
    .requiredOption("-u, --user <user>", "whom")
    .requiredOption("-t, --tenant <tenant>", "in which tenant it is told")
    .addOption(new Option("--channel <channel>", "by which").choices(channels).default("email"))
    .action(
      withFloe(
        async (
          floe,
          output,
          { user, tenant, channel }: { user: string; tenant: string; channel: Channel },
        ) => {
          const told = await floe.notifications.test({ tenantId: tenant, user, channel });
          const look = `floe notifications deliveries ${told.notificationId} --tenant ${tenant}`;
          output.result(told, `A test is under way: ${look}`);
        },
      ),
    );
}
