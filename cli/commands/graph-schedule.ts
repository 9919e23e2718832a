import { Command } from "commander";
import { withFloe } from "../session.js";

interface TenantOption {
  tenant: string;
}

/** The schedule of a recurring graph. */
export function graphScheduleCommand(): Command {
  const command = new Command("schedule").description("when a recurring graph runs; pause and resume");

  command
    .command("show")
    .description("the next runs, and whether it is paused")
    .argument("<graph>", "its name")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, name: string, { tenant }: TenantOption) => {
        const schedule = await floe.jobGraphs.schedule({ tenantId: tenant, name });
        output.fields(schedule, [
          ["Paused", schedule.paused],
          ["Note", schedule.note],
          [
            "Next runs",
            schedule.nextRuns
              .slice(0, 3)
              .map((at) => at.toISOString())
              .join("  "),
          ],
        ]);
      }),
    );

  command
    .command("pause")
    .description("start nothing until it is resumed")
    .argument("<graph>", "its name")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--note <text>", "why")
    .action(
      withFloe(async (floe, output, name: string, { tenant, note }: TenantOption & { note?: string }) => {
        await floe.jobGraphs.pauseSchedule({ tenantId: tenant, name, ...(note !== undefined && { note }) });
        output.result({ name, paused: true }, `Graph ${name} is not started until its schedule is resumed.`);
      }),
    );

  command
    .command("resume")
    .description("start it at its times again")
    .argument("<graph>", "its name")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, name: string, { tenant }: TenantOption) => {
        await floe.jobGraphs.resumeSchedule({ tenantId: tenant, name });
        output.result({ name, paused: false }, `Graph ${name} is started at its times again.`);
      }),
    );
  return command;
}
