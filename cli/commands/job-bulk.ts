import { InvalidArgumentError, type Command } from "commander";
import type { Floe } from "../../client/connect.js";
import type { JobBulk, JobBulkPreview } from "../../client/job-bulks.js";
import { jobActions, type JobAction } from "../../domain/jobs.js";
import { confirm } from "../confirm.js";
import { authorOf, type AuthorOptions, type TenantOption } from "../operator.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount, parsePositive } from "../values.js";
import { watch } from "../watch.js";
import { showJobs } from "./job.js";
import { addJobFilterOptions, jobFilterOf, type JobFilterOptions } from "./job-options.js";

export function addJobBulkCommands(command: Command): void {
  addBulkCommand(command);
  addBulksCommand(command);
  const steering = [
    ["pause-bulk", "pauseBulk", "stop taking up jobs; what was taken up goes on", "pauses"],
    ["resume-bulk", "resumeBulk", "go on where a pause, or a lost workflow, has left off", "goes on"],
    ["cancel-bulk", "cancelBulk", "end it; jobs that it has not reached stay as they are", "is cancelled"],
  ] as const;
  for (const [name, call, description, done] of steering) {
    command
      .command(name)
      .description(description)
      .argument("<bulk>", "its id")
      .requiredOption("-t, --tenant <tenant>", "whose")
      .option("--because <reason>", "why; kept in the audit log")
      .action(
        withFloe(async (floe, output, bulkId: string, options: TenantOption & AuthorOptions) => {
          const bulk = await floe.jobs[call]({ tenantId: options.tenant, bulkId, ...authorOf(options) });
          output.result(bulk, `${bulkId} ${done}: ${describe(bulk)}`);
        }),
      );
  }
}

interface BulkOptions extends JobFilterOptions, AuthorOptions {
  rate: number;
  dryRun?: boolean;
  wait: boolean;
  yes?: boolean;
}

function addBulkCommand(command: Command): void {
  addJobFilterOptions(
    command
      .command("bulk")
      .description("retry, cancel or remove every job that a filter matches, as a durable job")
      .argument("<action>", jobActions.join(", "), parseAction),
  )
    .option("-r, --rate <n>", "jobs a second", parsePositive, 100)
    .option("--dry-run", "only say which it would be")
    .option("--because <reason>", "why; kept in the audit log")
    .option("--no-wait", "return as soon as it is durable")
    .option("-y, --yes", "do not ask")
    .addHelpText(
      "after",
      `
Without --status a retry takes up what is failed or dead, a cancel what has not ended, a remove what has.

Examples:
  $ floe job bulk retry --tenant acme --kind webhook.dispatch --error 503 --dry-run
  $ floe job bulk retry --tenant acme --kind email.send --rate 20 --because 'the node is back'
  $ floe job bulk cancel --tenant acme --status delayed --campaign <campaign>`,
    )
    .action(
      withFloe(async (floe, output, action: JobAction, options: BulkOptions) => {
        const target = { ...jobFilterOf(options), action };
        const preview = await floe.jobs.previewBulk(target);
        if (options.dryRun) return showPreview(preview, output);
        if (preview.count === 0) return output.result(preview, `No job matches that ${action} fits.`);
        const question = `${action} ${jobsOf(preview.count)}, ${options.rate} a second?`;
        if (!(await confirm(question, options.yes))) return output.note("Nothing was changed.");
        const { rate: perSecond, wait } = options;
        const bulk = await floe.jobs.bulk({ ...target, perSecond, ...authorOf(options) });
        await follow(floe, { bulk, output, wait });
      }),
    );
}

function jobsOf(count: number): string {
  return count === 1 ? "1 job" : `${count} jobs`;
}

function parseAction(text: string): JobAction {
  const action = jobActions.find((one) => one === text);
  if (action) return action;
  throw new InvalidArgumentError(`It must be one of ${jobActions.join(", ")}.`);
}

function showPreview(preview: JobBulkPreview, output: Output): void {
  if (output.json) return output.result(preview, "");
  const counts = preview.counts.map(({ kind, status, count }) => `${count} ${kind} ${status}`).join(", ");
  output.note(`It would be ${jobsOf(preview.count)}${counts === "" ? "" : `: ${counts}`}. The newest:`);
  showJobs(preview.sample, output);
}

async function follow(
  floe: Floe,
  { bulk, output, wait }: { bulk: JobBulk; output: Output; wait: boolean },
): Promise<void> {
  const { tenantId, bulkId } = bulk;
  const look = `floe job bulks ${bulkId} --tenant ${tenantId}`;
  if (!wait) return output.result(bulk, `${bulkId} runs: ${look}`);
  const ended = await watch({
    output,
    poll: () => floe.jobs.bulkStatus({ tenantId, bulkId }),
    view: (now) => ({
      done: now.done + now.refused,
      total: now.items,
      text: `jobs, ${now.refused} refused`,
      finished: now.finishedAt !== null,
    }),
    goesOn: `It goes on: ${look}`,
  });
  if (ended) output.result(ended, `${bulkId}: ${describe(ended)}`);
}

function addBulksCommand(command: Command): void {
  command
    .command("bulks")
    .description("how actions on many jobs stand, newest first; with an id, one of them and what it refused")
    .argument("[bulk]", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--before <bulk>", "begin after this one")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(
        async (
          floe,
          output,
          bulkId: string | undefined,
          { tenant, ...page }: TenantOption & { before?: string; limit: number },
        ) => {
          if (bulkId !== undefined) return showBulk(floe, output, { tenantId: tenant, bulkId });
          const bulks = await floe.jobs.bulks({ tenantId: tenant, ...page });
          output.rows(
            bulks,
            [
              { title: "BULK", value: (bulk) => bulk.bulkId },
              { title: "ACTION", value: (bulk) => bulk.action },
              { title: "STATUS", value: (bulk) => bulk.status },
              { title: "JOBS", value: (bulk) => bulk.items, align: "right" },
              { title: "DONE", value: (bulk) => bulk.done, align: "right" },
              { title: "REFUSED", value: (bulk) => bulk.refused, align: "right" },
              { title: "CREATED", value: (bulk) => bulk.createdAt },
              { title: "BY", value: (bulk) => bulk.actor },
            ],
            "None yet. Start one: floe job bulk --help",
          );
          if (bulks.length === page.limit) output.note(`More: --before ${bulks.at(-1)?.bulkId ?? ""}`);
        },
      ),
    );
}

async function showBulk(
  floe: Floe,
  output: Output,
  ref: { tenantId: string; bulkId: string },
): Promise<void> {
  const bulk = await floe.jobs.bulkStatus(ref);
  const refused = await floe.jobs.bulkItems({ ...ref, state: "refused", limit: 20 });
  const reasons = refused.map(({ kind, jobId, reason }) => `  ${kind}/${jobId} ${reason ?? ""}`);
  output.result({ ...bulk, refusedItems: refused }, [describe(bulk), ...reasons].join("\n"));
}

function describe({ action, status, items, done, refused }: JobBulk): string {
  return `${action} of ${jobsOf(items)} ${status}, ${done} done, ${refused} refused.`;
}
