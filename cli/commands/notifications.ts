import { Command } from "commander";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";
import { notificationDeliveriesCommand, notificationTestCommand } from "./notification-deliveries.js";
import { notificationDevicesCommand } from "./notification-devices.js";
import { notificationPreferencesCommand, notificationSettingsCommand } from "./notification-wishes.js";

interface TenantOption {
  tenant: string;
}

export function notificationsCommand(): Command {
  const command = new Command("notifications")
    .alias("notification")
    .description("what people are told, how, and what became of it");
  command.addCommand(notificationDeliveriesCommand());
  command.addCommand(notificationSettingsCommand());
  command.addCommand(notificationPreferencesCommand());
  command.addCommand(notificationDevicesCommand());
  command.addCommand(notificationTestCommand());

  command
    .command("list")
    .description("newest first")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-u, --user <user>", "only this user's, and everybody's")
    .option("--unread", "only those that nobody has read")
    .option("--before <notification>", "begin after this one")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(
        async (
          floe,
          output,
          {
            tenant,
            ...query
          }: TenantOption & { user?: string; unread?: boolean; before?: string; limit: number },
        ) => {
          const rows = await floe.notifications.list({ tenantId: tenant, ...query });
          output.rows(
            rows,
            [
              { title: "SINCE", value: (n) => n.createdAt },
              { title: "KIND", value: (n) => n.kind },
              { title: "OF", value: (n) => n.subjectId },
              { title: "TEXT", value: (n) => n.text },
              { title: "READ", value: (n) => (n.readAt ? "yes" : "no") },
              { title: "ID", value: (n) => n.notificationId },
            ],
            "Nothing to tell.",
          );
          if (rows.length === query.limit) output.note(`More: --before ${rows.at(-1)?.notificationId ?? ""}`);
        },
      ),
    );

  command
    .command("read")
    .description("mark notifications as read; without ids: all of them")
    .argument("[id...]", "their ids")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, ids: string[], { tenant }: TenantOption) => {
        const chosen = ids.length > 0 ? { notificationIds: ids } : {};
        const { marked } = await floe.notifications.markRead({ tenantId: tenant, ...chosen });
        output.result({ marked }, `${marked} are read.`);
      }),
    );
  return command;
}
