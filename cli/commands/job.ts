import { Command } from "commander";
import type { Job, JobDetail } from "../../client/jobs.js";
import { confirm } from "../confirm.js";
import { authorOf, type AuthorOptions, type TenantOption } from "../operator.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";
import { addJobBulkCommands } from "./job-bulk.js";
import { addJobFilterOptions, jobFilterOf, parseJobRef, type JobFilterOptions } from "./job-options.js";

export function jobCommand(): Command {
  const command = new Command("job").description(
    "all work in one list: emails, webhooks, sends, imports, exports, sequences, A/B tests, graphs, replays",
  );
  command.addCommand(listCommand());
  command.addCommand(countsCommand());
  command.addCommand(showCommand());
  addActions(command);
  addJobBulkCommands(command);
  return command;
}

function listCommand(): Command {
  return addJobFilterOptions(new Command("list").description("jobs, newest first"))
    .option("--before <cursor>", "begin behind this one; the list says it when there are more")
    .option("--limit <n>", "rows", parseCount, 50)
    .addHelpText(
      "after",
      `
Examples:
  $ floe job list --tenant acme --status dead failed
  $ floe job list --tenant acme --search ann@example.com
  $ floe job list --tenant acme --kind webhook.dispatch --error 503 --since 2026-12-01T00:00:00Z`,
    )
    .action(
      withFloe(async (floe, output, options: JobFilterOptions & { before?: string; limit: number }) => {
        const { before, limit } = options;
        const jobs = await floe.jobs.list({ ...jobFilterOf(options), before, limit });
        showJobs(jobs, output);
        if (jobs.length === limit) output.note(`More: --before '${jobs.at(-1)?.cursor ?? ""}'`);
      }),
    );
}

export function showJobs(jobs: Job[], output: Output): void {
  output.rows(
    jobs,
    [
      { title: "JOB", value: (job) => nameOf(job) },
      { title: "STATUS", value: (job) => job.status },
      { title: "ABOUT", value: (job) => job.title },
      { title: "TRIES", value: (job) => job.attempts, align: "right" },
      { title: "CREATED", value: (job) => job.createdAt },
      { title: "NEXT", value: (job) => job.nextAttemptAt },
      { title: "ERROR", value: (job) => job.error },
    ],
    "No job matches.",
  );
}

function nameOf({ kind, jobId }: Pick<Job, "kind" | "jobId">): string {
  return `${kind}/${jobId}`;
}

function countsCommand(): Command {
  return addJobFilterOptions(
    new Command("counts").description("how many jobs match, by kind and status, of the newest 5,000 of each"),
  ).action(
    withFloe(async (floe, output, options: JobFilterOptions) => {
      output.rows(
        await floe.jobs.counts(jobFilterOf(options)),
        [
          { title: "KIND", value: (row) => row.kind },
          { title: "STATUS", value: (row) => row.status },
          { title: "JOBS", value: (row) => `${row.count}${row.more ? "+" : ""}`, align: "right" },
        ],
        "No job matches.",
      );
    }),
  );
}

function showCommand(): Command {
  return new Command("show")
    .description("what a job was asked to do, its attempts, its parts, and what may be done to it")
    .argument("<job>", "kind and id, such as email.send/0198…", parseJobRef)
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, ref: ReturnType<typeof parseJobRef>, { tenant }: TenantOption) => {
        showJob(await floe.jobs.get({ tenantId: tenant, ...ref }), output);
      }),
    );
}

function showJob(job: JobDetail, output: Output): void {
  const { status, state, removedAt } = job;
  output.fields(job, [
    ["Job", nameOf(job)],
    ["Status", status === state ? status : `${status} (${state})`],
    ["About", job.title],
    ["Queue", job.queue],
    ["Tries", job.attempts],
    ["Error", job.error],
    ["Created", job.createdAt],
    ["Begun", job.startedAt],
    ["Finished", job.finishedAt],
    ["Next", job.nextAttemptAt],
    ["Workflow", job.workflowId],
    ["What fits", job.actions.join(", ") || "nothing"],
    ...(removedAt ? [["Removed", removedAt] as [string, Date]] : []),
    ...Object.entries(job.payload).map(([name, value]) => [name, textOf(value)] as [string, string]),
    ...job.attemptLog.map(
      ({ attempt, error, outcome }) =>
        [
          `Attempt ${attempt}`,
          [error, textOf(outcome)].filter((part) => part !== null && part !== "").join(" "),
        ] as [string, string],
    ),
    ...job.parts.map(
      ({ name, state: stands, detail }) => [name, `${stands} ${textOf(detail)}`] as [string, string],
    ),
  ]);
}

function textOf(value: unknown): string {
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function addActions(command: Command): void {
  const actions = [
    ["retry", "take it up again, with no attempts spent", "is tried again"],
    ["cancel", "end it; what has left cannot be called back", "is cancelled, or will be in a moment"],
    [
      "remove",
      "take it out of the list, cancelled first if it runs; what it did stays counted",
      "is removed",
    ],
  ] as const;
  for (const [action, description, done] of actions) {
    command
      .command(action)
      .description(description)
      .argument("<job>", "kind and id, such as email.send/0198…", parseJobRef)
      .requiredOption("-t, --tenant <tenant>", "whose")
      .option("--because <reason>", "why; kept in the audit log")
      .option("-y, --yes", "do not ask")
      .action(
        withFloe(
          async (
            floe,
            output,
            ref: ReturnType<typeof parseJobRef>,
            options: TenantOption & AuthorOptions & { yes?: boolean },
          ) => {
            const name = nameOf(ref);
            if (action !== "retry" && !(await confirm(`${action} ${name}?`, options.yes)))
              return output.note("Nothing was changed.");
            const job = await floe.jobs[action]({ tenantId: options.tenant, ...ref, ...authorOf(options) });
            output.result(job, `The job ${name} ${done}: ${job.status}.`);
          },
        ),
      );
  }
}
