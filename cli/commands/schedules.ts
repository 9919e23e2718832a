import { Command } from "commander";
import { withFloe } from "../session.js";
import { parseInstant } from "../values.js";

interface ReasonOption {
  reason?: string;
}

export function schedulesCommand(): Command {
  const command = new Command("schedules").description("recurring work: when, and whether it runs");

  command
    .command("list")
    .description("every schedule, with its next and last start")
    .action(
      withFloe(async (floe, output) => {
        output.rows(
          await floe.schedules.list(),
          [
            { title: "SCHEDULE", value: (s) => s.scheduleId },
            { title: "STATE", value: (s) => s.state },
            { title: "NEXT", value: (s) => s.nextAt },
            { title: "LAST", value: (s) => s.lastAt },
            { title: "WHAT", value: (s) => s.reason ?? s.note },
          ],
          "No schedules.",
        );
      }),
    );

  command
    .command("pause")
    .description("start nothing more until it is resumed; survives deploys")
    .argument("<schedule>", "its id")
    .option("--reason <text>", "shown beside it")
    .action(
      withFloe(async (floe, output, scheduleId: string, { reason }: ReasonOption) => {
        await floe.schedules.pause({ scheduleId, ...(reason !== undefined && { reason }) });
        output.result({ scheduleId, state: "paused" }, `Schedule ${scheduleId} is paused.`);
      }),
    );

  command
    .command("resume")
    .description("start again at its times")
    .argument("<schedule>", "its id")
    .option("--reason <text>", "kept with it")
    .action(
      withFloe(async (floe, output, scheduleId: string, { reason }: ReasonOption) => {
        await floe.schedules.resume({ scheduleId, ...(reason !== undefined && { reason }) });
        output.result({ scheduleId, state: "active" }, `Schedule ${scheduleId} runs.`);
      }),
    );

  command
    .command("trigger")
    .description("start it now, once")
    .argument("<schedule>", "its id")
    .action(
      withFloe(async (floe, output, scheduleId: string) => {
        await floe.schedules.trigger({ scheduleId });
        output.result({ scheduleId, triggered: true }, `Schedule ${scheduleId} was started once.`);
      }),
    );

  command
    .command("backfill")
    .description("start what it would have started between two times")
    .argument("<schedule>", "its id")
    .requiredOption("--from <time>", "with its zone, such as 2026-12-01T00:00:00Z", parseInstant)
    .requiredOption("--to <time>", "the same", parseInstant)
    .action(
      withFloe(async (floe, output, scheduleId: string, times: { from: Date; to: Date }) => {
        await floe.schedules.backfill({ scheduleId, ...times });
        output.result({ scheduleId, ...times }, `Schedule ${scheduleId} makes up for that time.`);
      }),
    );
  return command;
}
