import { Command } from "commander";
import { alertKindNames } from "../../domain/alerts.js";
import { withFloe } from "../session.js";
import { parseCount, parseInstant } from "../values.js";
import { alertRulesCommand } from "./alert-rules.js";

export interface OwnerOption {
  tenant?: string;
}

/** Of the platform without one. */
export function ownerOf({ tenant }: OwnerOption): { tenantId?: string } {
  return tenant === undefined ? {} : { tenantId: tenant };
}

export const byCommand = { actor: "cli" } as const;

export interface SilenceOptions extends OwnerOption {
  until: Date;
  reason: string;
}

const whose = ["-t, --tenant <tenant>", "a tenant's; without it, the platform's"] as const;

export function alertCommand(): Command {
  const command = new Command("alert").description(
    "what was raised: looked at, acknowledged, silenced; and the rules",
  );

  command
    .command("list")
    .description("alerts, raised last first")
    .option(...whose)
    .option("--status <status>", "open, cleared or all", "open")
    .option("--severity <severity>", "info, warning or critical")
    .option("--kind <kind>", alertKindNames.join(", "))
    .option("--before <alert>", "begin after this one")
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(async (floe, output, { tenant, ...query }: OwnerOption & Record<string, unknown>) => {
        output.rows(
          await floe.alerts.list({
            ...ownerOf({ ...(tenant !== undefined && { tenant }) }),
            ...query,
          }),
          [
            { title: "RAISED", value: (a) => a.raisedAt },
            { title: "SEVERITY", value: (a) => a.severity },
            { title: "ALERT", value: (a) => `${a.isTest ? "Test: " : ""}${a.name}: ${a.subject}` },
            { title: "VALUE", value: (a) => Number(a.value.toPrecision(4)), align: "right" },
            { title: "CLEARED", value: (a) => a.clearedAt },
            { title: "SEEN BY", value: (a) => a.acknowledgedBy },
            { title: "SILENT UNTIL", value: (a) => a.silencedUntil },
            { title: "ID", value: (a) => a.alertId },
          ],
          "No alert.",
        );
      }),
    );

  command
    .command("history")
    .description("every change of alerts and rules, newest first")
    .option(...whose)
    .option("--alert <alert>", "of one alert")
    .option("--rule <rule>", "of one rule")
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(
        async (
          floe,
          output,
          { alert, rule, limit, ...owner }: OwnerOption & { alert?: string; rule?: string; limit: number },
        ) => {
          output.rows(
            await floe.alerts.history({
              ...{ ...ownerOf(owner), limit },
              ...(alert !== undefined && { alertId: alert }),
              ...(rule !== undefined && { ruleId: rule }),
            }),
            [
              { title: "AT", value: (e) => e.at },
              { title: "WHAT", value: (e) => e.what },
              { title: "BY", value: (e) => e.actor },
              { title: "ALERT", value: (e) => e.alertId },
              { title: "RULE", value: (e) => e.ruleId },
            ],
            "Nothing has happened.",
          );
        },
      ),
    );

  command
    .command("ack")
    .description("say that somebody sees to it")
    .argument("<alert>", "its id")
    .option(...whose)
    .action(
      withFloe(async (floe, output, alertId: string, owner: OwnerOption) => {
        const alert = await floe.alerts.acknowledge({ ...ownerOf(owner), alertId, ...byCommand });
        output.result(alert, `${alert.name}: ${alert.subject} is seen to by ${alert.acknowledgedBy ?? ""}.`);
      }),
    );

  silencing(
    command.command("silence").description("tell nobody of it until then").argument("<alert>", "its id"),
  ).action(
    withFloe(async (floe, output, alertId: string, { until, reason, ...owner }: SilenceOptions) => {
      const alert = await floe.alerts.silence({ ...ownerOf(owner), alertId, until, reason, ...byCommand });
      output.result(alert, `Silent until ${until.toISOString()}.`);
    }),
  );

  command
    .command("unsilence")
    .description("end its silence")
    .argument("<alert>", "its id")
    .option(...whose)
    .action(
      withFloe(async (floe, output, alertId: string, owner: OwnerOption) => {
        output.result(
          await floe.alerts.unsilence({ ...ownerOf(owner), alertId, ...byCommand }),
          "It is told again.",
        );
      }),
    );

  return command.addCommand(alertRulesCommand());
}

export function silencing(command: Command): Command {
  return command
    .option(...whose)
    .requiredOption("--until <instant>", "such as 2026-12-01T09:00:00Z", parseInstant)
    .requiredOption("--reason <text>", "why");
}
