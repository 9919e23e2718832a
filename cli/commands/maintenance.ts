import { Command } from "commander";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";

export function maintenanceCommand(): Command {
  const command = new Command("maintenance").description("what the nightly schedules do, on request");

  command
    .command("cleanup")
    .description("remove what is older than its retention (RETENTION)")
    .option("-n, --dry-run", "only show what would go")
    .action(
      withFloe(async (floe, output, { dryRun = false }: { dryRun?: boolean }) => {
        const { lines } = await floe.maintenance.cleanup({ dryRun });
        output.rows(
          lines,
          [
            { title: dryRun ? "WOULD GO" : "GONE", value: (l) => l.what },
            { title: "ROWS", value: (l) => (l.reason === undefined ? l.rows : 0), align: "right" },
            { title: "KEPT, BECAUSE", value: (l) => l.reason },
          ],
          "Nothing has a retention.",
        );
      }),
    );

  command
    .command("check")
    .description("compare ledger, counters and workflows")
    .option("--repair", "mend what can be mended")
    .option("--days <n>", "count sends that ended within so many days", parseCount, 30)
    .action(
      withFloe(async (floe, output, { repair = false, days }: { repair?: boolean; days: number }) => {
        const { findings } = await floe.maintenance.check({ repair, days });
        output.rows(
          findings,
          [
            { title: "FOUND", value: (f) => f.kind },
            { title: "WHICH", value: (f) => f.subjectId },
            { title: "TENANT", value: (f) => f.tenantId },
            { title: "ACTION", value: (f) => f.action },
            { title: "DETAIL", value: (f) => f.detail },
          ],
          "Everything agrees.",
        );
      }),
    );

  command
    .command("findings")
    .description("what checks and the stalled-job detector found, latest first")
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(async (floe, output, { limit }: { limit: number }) => {
        output.rows(
          await floe.maintenance.findings({ limit }),
          [
            { title: "FOUND", value: (f) => f.kind },
            { title: "WHICH", value: (f) => f.subjectId },
            { title: "ACTION", value: (f) => f.action },
            { title: "TIMES", value: (f) => f.times, align: "right" },
            { title: "LAST", value: (f) => f.lastSeenAt },
            { title: "DETAIL", value: (f) => f.detail },
          ],
          "Nothing was found yet.",
        );
      }),
    );
  return command;
}
