import { Command, Option } from "commander";
import type { PlanInput, WarmupReport } from "../../client/warmups.js";
import { curveOf } from "../../domain/warmup-curve.js";
import { warmupKinds, type WarmupKind } from "../../domain/warmup-allowance.js";
import { warmupPresets } from "../../domain/warmup-presets.js";
import { warmupStatuses, type WarmupStatus } from "../../domain/warmup-status.js";
import { confirm } from "../confirm.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount, readJsonFile } from "../values.js";
import { addMailboxCommand } from "./warmup-mailbox.js";

interface PlanOptions {
  preset?: string;
  planFile?: string;
  target?: number;
}

interface ListOptions {
  tenant?: string;
  status?: WarmupStatus;
  kind?: WarmupKind;
}

export function warmupCommand(): Command {
  const command = new Command("warmup").description(
    "volume that rises a day at a time, for a node, a domain or a mailbox",
  );

  command
    .command("presets")
    .description("ready-made curves, and whose figures they follow")
    .action(
      withFloe(async (floe, output) => {
        output.rows(
          await floe.warmups.presets(),
          [
            { title: "PRESET", value: (p) => p.preset },
            { title: "FOR", value: (p) => p.kinds.join(", ") },
            { title: "FIRST DAY", value: (p) => p.firstDays[0], align: "right" },
            { title: "TARGET", value: (p) => p.target, align: "right" },
            { title: "DAYS", value: (p) => curveOf(p).length, align: "right" },
            { title: "WHAT", value: (p) => p.title },
          ],
          "There are none.",
        );
      }),
    );

  command
    .command("list")
    .description("list warmups, newest first")
    .option("-t, --tenant <tenant>", "only this tenant's")
    .addOption(new Option("--status <status>", "only these").choices([...warmupStatuses]))
    .addOption(new Option("--kind <kind>", "only these").choices([...warmupKinds]))
    .action(
      withFloe(async (floe, output, { tenant, status, kind }: ListOptions) => {
        output.rows(
          await floe.warmups.list({ tenantId: tenant, status, kind }),
          [
            { title: "WARMUP", value: (w) => w.warmupId },
            { title: "TENANT", value: (w) => (w.tenantId === "*" ? "the platform" : w.tenantId) },
            { title: "KIND", value: (w) => w.kind },
            { title: "WHAT", value: (w) => w.key },
            { title: "PLAN", value: (w) => w.plan.preset },
            { title: "DAY", value: (w) => `${dayNumber(w)} of ${curveOf(w.plan).length}`, align: "right" },
            { title: "A DAY", value: (w) => w.planned ?? "", align: "right" },
            { title: "USED TODAY", value: (w) => w.usedToday ?? "", align: "right" },
            { title: "HEALTH", value: (w) => w.health?.level ?? "" },
            { title: "STATUS", value: (w) => (w.pausedBy ? `${w.status} by ${w.pausedBy}` : w.status) },
          ],
          "No warmups. Start one: floe warmup start node <node> --preset conservative",
        );
      }),
    );

  withPlan(command.command("start"))
    .description("warm up a node, a domain or a mailbox; its first day begins at once")
    .addArgument(command.createArgument("<kind>", "what it is").choices([...warmupKinds]))
    .argument("<key>", "node id, domain or address of From")
    .option("-t, --tenant <tenant>", "whose it is; absent: the platform's, for a node that all may use")
    .addHelpText("after", `\nPresets: ${warmupPresets.map(({ preset }) => preset).join(", ")}`)
    .action(
      withFloe(
        async (floe, output, kind: WarmupKind, key: string, options: PlanOptions & { tenant?: string }) => {
          const how = await planOptions(options);
          show(output, await floe.warmups.start({ tenantId: options.tenant, kind, key, ...how }));
        },
      ),
    );

  ofWarmup(command, "show", "one warmup, with the days to come").action(
    withFloe(async (floe, output, warmupId: string, ref: { tenant?: string }) => {
      show(output, await floe.warmups.get(refOf(warmupId, ref)));
    }),
  );

  ofWarmup(command, "days", "its days, newest first: what was planned, used and decided, and why").action(
    withFloe(async (floe, output, warmupId: string, ref: { tenant?: string }) => {
      output.rows(
        await floe.warmups.days(refOf(warmupId, ref)),
        [
          { title: "DAY", value: (d) => d.day },
          { title: "PLANNED", value: (d) => d.planned, align: "right" },
          { title: "USED", value: (d) => d.used, align: "right" },
          { title: "BOUNCED", value: (d) => d.bounced, align: "right" },
          { title: "COMPLAINED", value: (d) => d.complained, align: "right" },
          { title: "DEFERRED", value: (d) => d.deferred, align: "right" },
          { title: "DECISION", value: (d) => d.decision },
          { title: "WHY", value: (d) => d.reason },
        ],
        "No day of it was planned yet.",
      );
    }),
  );

  ofWarmup(command, "pause", "its allowance stays as it is and does not rise")
    .option("--reason <text>", "why, for those who look at it")
    .action(
      withFloe(
        async (floe, output, warmupId: string, { reason, ...ref }: { reason?: string; tenant?: string }) => {
          show(output, await floe.warmups.pause({ ...refOf(warmupId, ref), reason }));
        },
      ),
    );

  ofWarmup(command, "resume", "let it go on, also one that bounces or complaints have paused").action(
    withFloe(async (floe, output, warmupId: string, ref: { tenant?: string }) => {
      show(output, await floe.warmups.resume(refOf(warmupId, ref)));
    }),
  );

  withPlan(ofWarmup(command, "change-plan", "give it another curve")).action(
    withFloe(async (floe, output, warmupId: string, options: PlanOptions & { tenant?: string }) => {
      const how = await planOptions(options);
      show(output, await floe.warmups.changePlan({ ...refOf(warmupId, options), ...how }));
    }),
  );

  ofWarmup(command, "stop", "end it: nothing is held back by it any more")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(
        async (floe, output, warmupId: string, { yes, ...ref }: { yes?: boolean; tenant?: string }) => {
          if (!(await confirm(`Stop warmup ${warmupId}? Its limit goes away at once.`, yes)))
            return output.note("Nothing was changed.");
          show(output, await floe.warmups.stop(refOf(warmupId, ref)));
        },
      ),
    );

  addMailboxCommand(command);
  return command;
}

function ofWarmup(warmups: Command, name: string, description: string): Command {
  return warmups
    .command(name)
    .description(description)
    .argument("<warmup>", "its id")
    .option("-t, --tenant <tenant>", "only if it is this tenant's");
}

function withPlan(command: Command): Command {
  return command
    .option("--preset <name>", "a ready-made curve: floe warmup presets")
    .option("--target <n>", "messages a day at which it is warm, instead of the preset's", parseCount)
    .option("--plan-file <file>", "JSON of a plan, or of what is to differ from the preset");
}

async function planOptions({ preset, planFile, target }: PlanOptions) {
  const plan: PlanInput = {
    ...(planFile !== undefined && (await readJsonFile<PlanInput>("--plan-file", planFile))),
    ...(target !== undefined && { target }),
  };
  return { preset, ...(Object.keys(plan).length > 0 && { plan }) };
}

function refOf(warmupId: string, { tenant }: { tenant?: string }) {
  return { warmupId, ...(tenant !== undefined && { tenantId: tenant }) };
}

function dayNumber({ position }: { position: number }): number {
  return Math.floor(position) + 1;
}

function show(output: Output, warmup: WarmupReport): void {
  const { kind, key, plan, status, pausedBy, curve, nextDays } = warmup;
  const ahead = nextDays.map(({ day, planned }) => `${day}: ${planned}`);
  output.fields(warmup, [
    ["Warmup", warmup.warmupId],
    ["What", `${kind} ${key}`],
    ["Tenant", warmup.tenantId === "*" ? "the platform" : warmup.tenantId],
    ["Plan", `${plan.preset}, ${curve[0]} to ${plan.target} messages in ${curve.length} days`],
    ["Status", pausedBy ? `${status} by ${pausedBy}` : status],
    ["Resumes on", warmup.resumeOn],
    ["Why", warmup.reason],
    ["Day", `${dayNumber(warmup)} of ${curve.length}`],
    [
      "Allows now",
      status === "stopped"
        ? "whatever comes: it was stopped"
        : warmup.lastDay === null
          ? "its first day is being planned"
          : `${warmup.planned} messages a day, since ${warmup.lastDay}`,
    ],
    ["Used today", usesOf(warmup)],
    ["Health", warmup.health && `${warmup.health.level}: ${warmup.health.reason}`],
    [
      "Next days",
      ahead.length === 0 ? "none" : `${ahead.slice(0, 7).join(", ")}${ahead.length > 7 ? ", …" : ""}`,
    ],
    ["Curve", shorten(curve)],
  ]);
}

/** Of all its mail, then towards each mailbox provider that has a share. */
function usesOf({ allowances, usedToday }: WarmupReport): string | null {
  if (usedToday === null) return null;
  const shares = allowances
    .filter(({ mailboxProvider }) => mailboxProvider !== null)
    .map(({ mailboxProvider, used, perDay }) => `${mailboxProvider} ${used} of ${perDay}`);
  return [`${usedToday}`, ...shares].join(", ");
}

/** A long curve by its first days and its end. */
function shorten(curve: readonly number[]): string {
  const shown = curve.length <= 16 ? curve : [...curve.slice(0, 14), "…", curve.at(-1) ?? 0];
  return shown.join(" ");
}
