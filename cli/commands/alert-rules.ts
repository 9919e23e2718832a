import { Command } from "commander";
import type { CreateRule, UpdateRule } from "../../client/alert-input.js";
import { alertKindNames, alertRoutes } from "../../domain/alerts.js";
import { InvalidInput } from "../../domain/errors.js";
import { withFloe } from "../session.js";
import { parseNumber, parseValue } from "../values.js";
import { byCommand, ownerOf, silencing, type OwnerOption, type SilenceOptions } from "./alert.js";

const whose = ["-t, --tenant <tenant>", "a tenant's; without it, the platform's"] as const;

type Settings = Omit<UpdateRule, "ruleId" | "tenantId" | "actor">;

export function alertRulesCommand(): Command {
  const command = new Command("rules").description("what is watched: listed, made, changed, tried");

  command
    .command("list")
    .description("the platform's, or a tenant's own and those of every tenant")
    .option(...whose)
    .action(
      withFloe(async (floe, output, owner: OwnerOption) => {
        output.rows(
          await floe.alerts.listRules(ownerOf(owner)),
          [
            { title: "NAME", value: (r) => r.name },
            { title: "KIND", value: (r) => r.kind },
            { title: "OF", value: (r) => r.tenantId ?? r.scope },
            { title: "SEVERITY", value: (r) => r.severity },
            { title: "ABOVE", value: (r) => r.fireAbove, align: "right" },
            { title: "FOR (s)", value: (r) => r.forSeconds, align: "right" },
            { title: "CLEAR AT", value: (r) => r.clearAtMost, align: "right" },
            { title: "FOR (s)", value: (r) => r.clearForSeconds, align: "right" },
            { title: "TOLD BY", value: (r) => r.routes.join(", ") },
            { title: "ON", value: (r) => r.enabled },
            { title: "SILENT UNTIL", value: (r) => r.silencedUntil },
            { title: "ID", value: (r) => r.ruleId },
          ],
          "Nothing is watched.",
        );
      }),
    );

  settings(
    command
      .command("create")
      .description("watch something; a tenant's own stands for the one of every tenant of that kind")
      .argument("<name>", "how it is called")
      .requiredOption("--kind <kind>", alertKindNames.join(", "))
      .requiredOption("--above <value>", "fires above it", parseValue)
      .option("--every-tenant", "of every tenant that has none of its own of the kind"),
  ).action(
    withFloe(async (floe, output, name: string, { tenant, kind, everyTenant, ...given }: Given) => {
      const rule = await floe.alerts.createRule({
        ...{
          ...ownerOf({ ...(tenant !== undefined && { tenant }) }),
          name,
          kind,
          ...settingsOf(given),
          ...byCommand,
        },
        ...(everyTenant && { everyTenant }),
      } as CreateRule);
      output.result(rule, `Rule ${rule.ruleId} watches from now on.`);
    }),
  );

  settings(
    command
      .command("edit")
      .description("change thresholds and times; what is left out stays")
      .argument("<rule>", "its id")
      .option("--name <name>", "how it is called")
      .option("--above <value>", "fires above it", parseValue),
  ).action(
    withFloe(async (floe, output, ruleId: string, { tenant, name, ...given }: Given) => {
      const owner = ownerOf({ ...(tenant !== undefined && { tenant }) });
      const change = { ...settingsOf(given), ...(name !== undefined && { name }) };
      if (Object.keys(change).length === 0)
        throw new InvalidInput([
          { field: "options", problem: "are missing: say what to change, such as --above" },
        ]);
      const rule = await floe.alerts.updateRule({ ...owner, ruleId, ...change, ...byCommand });
      output.result(rule, `${rule.name} fires above ${rule.fireAbove} for ${rule.forSeconds} s.`);
    }),
  );

  for (const [name, enabled] of [
    ["enable", true],
    ["disable", false],
  ] as const) {
    command
      .command(name)
      .description(enabled ? "watch again" : "watch no longer; its open alerts are cleared")
      .argument("<rule>", "its id")
      .option(...whose)
      .action(
        withFloe(async (floe, output, ruleId: string, owner: OwnerOption) => {
          const rule = await floe.alerts.updateRule({ ...ownerOf(owner), ruleId, enabled, ...byCommand });
          output.result(rule, `${rule.name} is ${enabled ? "on" : "off"}.`);
        }),
      );
  }

  command
    .command("delete")
    .description("watch no longer; its open alerts are cleared")
    .argument("<rule>", "its id")
    .option(...whose)
    .action(
      withFloe(async (floe, output, ruleId: string, owner: OwnerOption) => {
        await floe.alerts.deleteRule({ ...ownerOf(owner), ruleId, ...byCommand });
        output.result({ ruleId }, "It is gone.");
      }),
    );

  command
    .command("test")
    .description("raise an alert of it and clear it, marked as a test, by all the ways that one takes")
    .argument("<rule>", "its id")
    .option(...whose)
    .action(
      withFloe(async (floe, output, ruleId: string, owner: OwnerOption) => {
        const { alertId } = await floe.alerts.testRule({ ...ownerOf(owner), ruleId, ...byCommand });
        const whose = owner.tenant === undefined ? "" : ` --tenant ${owner.tenant}`;
        output.result({ alertId }, `Alert ${alertId} is on its way: floe alert list --status all${whose}`);
      }),
    );

  silencing(
    command
      .command("silence")
      .description("tell nobody of its alerts until then")
      .argument("<rule>", "its id"),
  ).action(
    withFloe(async (floe, output, ruleId: string, { until, reason, ...owner }: SilenceOptions) => {
      const rule = await floe.alerts.silenceRule({ ...ownerOf(owner), ruleId, until, reason, ...byCommand });
      output.result(rule, `Silent until ${until.toISOString()}.`);
    }),
  );

  command
    .command("unsilence")
    .description("end its silence; what is open is told")
    .argument("<rule>", "its id")
    .option(...whose)
    .action(
      withFloe(async (floe, output, ruleId: string, owner: OwnerOption) => {
        output.result(
          await floe.alerts.unsilenceRule({ ...ownerOf(owner), ruleId, ...byCommand }),
          "It is told again.",
        );
      }),
    );
  return command;
}

interface Given extends OwnerOption {
  name?: string;
  kind?: string;
  everyTenant?: true;
  above?: number;
  clearAt?: number;
  for?: number;
  clearFor?: number;
  severity?: string;
  subject?: string;
  route?: string[];
}

function settings(command: Command): Command {
  return command
    .option(...whose)
    .option("--clear-at <value>", "clears at most at it; default: where it fires", parseValue)
    .option("--for <seconds>", "how long it must be above", parseNumber)
    .option("--clear-for <seconds>", "how long it must be below", parseNumber)
    .option("--severity <severity>", "info, warning or critical")
    .option("--subject <name>", "one queue, part or tenant alone")
    .option("--route <routes...>", `how it is told: ${alertRoutes.join(", ")}`);
}

/** What was given, in the SDK's words; the SDK says what is wrong with it. */
function settingsOf({
  above,
  clearAt,
  for: forSeconds,
  clearFor,
  severity,
  subject,
  route,
}: Given): Settings {
  return {
    ...(above !== undefined && { fireAbove: above }),
    ...(clearAt !== undefined && { clearAtMost: clearAt }),
    ...(forSeconds !== undefined && { forSeconds }),
    ...(clearFor !== undefined && { clearForSeconds: clearFor }),
    ...(severity !== undefined && { severity: severity as NonNullable<Settings["severity"]> }),
    ...(subject !== undefined && { subject }),
    ...(route !== undefined && { routes: route as NonNullable<Settings["routes"]> }),
  };
}
