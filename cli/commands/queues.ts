import { Command } from "commander";
import { exitCodes } from "../exit-codes.js";
import { withFloe } from "../session.js";

export function queuesCommand(): Command {
  const command = new Command("queues").description("whether every part is up, what waits, and who works");

  command
    .command("status")
    .description("whether Postgres, Redis, Temporal and workers answer; ends with 1 when one does not")
    .action(
      withFloe(async (floe, output) => {
        const status = await floe.queues.status();
        if (!status.up) process.exitCode = exitCodes.failed;
        if (output.json) return output.result(status, "");
        output.rows(
          status.parts,
          [
            { title: "PART", value: (p) => p.part },
            { title: "UP", value: (p) => p.up },
            { title: "MS", value: (p) => p.ms, align: "right" },
            { title: "PROBLEM", value: (p) => p.problem },
          ],
          "",
        );
        if (status.load) output.note(`Load factor of adaptive rate limits: ${status.load.factor}.`);
      }),
    );

  command
    .command("stats")
    .description("tasks that wait on each queue, and work that has not ended")
    .option("-t, --tenant <tenant>", "only work of this tenant")
    .action(
      withFloe(async (floe, output, { tenant }: { tenant?: string }) => {
        const stats = await floe.queues.stats({ tenantId: tenant });
        if (output.json) return output.result(stats, "");
        output.rows(
          stats.queues,
          [
            { title: "QUEUE", value: (q) => q.queue },
            { title: "KIND", value: (q) => q.kind },
            { title: "WAITING", value: (q) => q.backlog, align: "right" },
            { title: "FOR (s)", value: (q) => Math.round(q.backlogAgeMs / 1_000), align: "right" },
            { title: "WORKERS", value: (q) => q.pollers.length, align: "right" },
          ],
          "",
        );
        output.rows(
          stats.work,
          [
            { title: "OPEN WORK", value: (w) => w.kind },
            { title: "STATUS", value: (w) => w.status },
            { title: "COUNT", value: (w) => w.count, align: "right" },
          ],
          "No work is open.",
        );
        output.note(`Dead letters that wait for a person: ${stats.deadLetters}.`);
      }),
    );

  command
    .command("workers")
    .description("worker processes of the last day: active, idle, stopped or lost")
    .action(
      withFloe(async (floe, output) => {
        output.rows(
          await floe.queues.workers(),
          [
            { title: "WORKER", value: (w) => w.identity },
            { title: "ROLE", value: (w) => w.role },
            { title: "STATE", value: (w) => w.state },
            { title: "BUSY", value: (w) => `${w.active}/${w.slots}`, align: "right" },
            { title: "FAILED", value: (w) => w.failed, align: "right" },
            { title: "VERSION", value: (w) => w.version },
            { title: "LAST SEEN", value: (w) => w.lastSeenAt },
          ],
          "No worker runs. Start them: npm start, or floe's worker process",
        );
      }),
    );
  return command;
}
