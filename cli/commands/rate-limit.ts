import { Command, Option } from "commander";
import { rateLimitNames, type RateLimitName, type RateLimitStatus } from "../../domain/rate-limits.js";
import { confirm } from "../confirm.js";
import { exitCodes } from "../exit-codes.js";
import type { Column } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

interface WhoOptions {
  tenant: string;
  user?: string;
}

const columns: Column<RateLimitStatus>[] = [
  { title: "LIMIT", value: (s) => s.limit },
  { title: "PER SECOND", value: (s) => s.perSecond, align: "right" },
  { title: "BURST", value: (s) => s.burst, align: "right" },
  { title: "REMAINING", value: (s) => s.remaining, align: "right" },
  { title: "FULL IN (s)", value: (s) => Math.ceil(s.resetMs / 1_000), align: "right" },
  { title: "LOAD FACTOR", value: (s) => s.loadFactor, align: "right" },
];

export function rateLimitCommand(): Command {
  const command = new Command("rate-limit").description("how often a tenant or a user may ask");

  ofWhom(command.command("status"))
    .description("where each limit stands, and what load slows them down")
    .action(
      withFloe(async (floe, output, { tenant, user }: WhoOptions) => {
        const { limits, load } = await floe.rateLimits.status({ tenantId: tenant, user });
        if (output.json) return output.result({ limits, load }, "");
        output.rows(limits, columns, "");
        if (limits.some(({ enabled }) => !enabled))
          output.note("Rate limits are switched off: RATE_LIMIT_ENABLED is false.");
        if (!load.lowered) return;
        const { at, memory, queueDepth, errorRate } = load.lowered;
        output.note(
          `Lowered by load at ${at.toISOString()}: memory ${percent(memory)}, ${queueDepth} tasks waiting, ${percent(errorRate)} of jobs failed.`,
        );
      }),
    );

  ofWhom(command.command("check"))
    .description("count a request; ends with 1 when it is refused")
    .addOption(limitOption().makeOptionMandatory())
    .option("--cost <n>", "requests that it counts as", parseCount)
    .addHelpText("after", "\nExample:\n  $ floe rate-limit check --tenant acme --limit leads-import")
    .action(
      withFloe(async (floe, output, options: WhoOptions & { limit: RateLimitName; cost?: number }) => {
        const { tenant, ...request } = options;
        const check = await floe.rateLimits.check({ tenantId: tenant, ...request });
        if (!check.allowed) process.exitCode = exitCodes.failed;
        const text = check.allowed
          ? `Allowed; ${check.remaining} more at once.`
          : `Refused; allowed again in ${check.waitMs} ms.`;
        output.result(check, text);
      }),
    );

  ofWhom(command.command("reset"))
    .description("forget what was counted: the whole burst is there again")
    .addOption(limitOption())
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, options: WhoOptions & { limit?: RateLimitName; yes?: boolean }) => {
        const { tenant, user, limit, yes } = options;
        const what = `${limit ?? "every limit"} of ${user ?? tenant}`;
        if (!(await confirm(`Forget what was counted for ${what}?`, yes)))
          return output.note("Nothing was changed.");
        await floe.rateLimits.reset({ tenantId: tenant, user, limit });
        output.result({ tenantId: tenant, user, limit, reset: true }, `Begins anew: ${what}.`);
      }),
    );
  return command;
}

function ofWhom(command: Command): Command {
  return command
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-u, --user <user>", "one user of the tenant, counted alone");
}

function limitOption(): Option {
  return new Option("-l, --limit <limit>", "which").choices(rateLimitNames);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
