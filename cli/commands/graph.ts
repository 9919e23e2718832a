import { Command } from "commander";
import type { Floe } from "../../client/connect.js";
import type { GraphRunDetail, JobGraphInput } from "../../client/job-graphs.js";
import { confirm } from "../confirm.js";
import { drawGraph } from "../graph-drawing.js";
import { createOutput, type Output } from "../output.js";
import { report, withFloe, type GlobalOptions } from "../session.js";
import { parseCount, readJsonFile } from "../values.js";
import { graphScheduleCommand } from "./graph-schedule.js";

interface TenantOption {
  tenant: string;
}

export function graphCommand(): Command {
  const command = new Command("graph").description(
    "job graphs: jobs that wait for one another, with conditions, failure policies and recurrence",
  );
  addValidate(command);
  addCreate(command);
  addRun(command);
  addStatus(command);
  addCancel(command);
  addResume(command);
  addList(command);
  addRemove(command);
  command.addCommand(graphScheduleCommand());
  return command;
}

function addValidate(command: Command): void {
  command
    .command("validate")
    .description("check a graph and draw it; nothing is saved, no server is needed")
    .argument("<file>", "JSON")
    .action(async function (this: Command, file: string) {
      const { json = false, debug = false } = this.optsWithGlobals<GlobalOptions>();
      const output = createOutput(json, process.stdout, process.stderr);
      try {
        const { parseJobGraph } = await import("../../client/job-graph-input.js");
        const graph = parseJobGraph(await readJsonFile<JobGraphInput>("file", file));
        output.result(graph, `Graph ${graph.name} is in order.\n\n${drawGraph(graph.jobs)}`);
      } catch (error) {
        report(error, debug);
      }
    });
}

function addCreate(command: Command): void {
  command
    .command("create")
    .description("save a graph, or a new version of it; a recurring one gets its schedule")
    .argument("<file>", "JSON")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, file: string, { tenant }: TenantOption) => {
        const saved = await floe.jobGraphs.create({
          ...(await readJsonFile<JobGraphInput>("file", file)),
          tenantId: tenant,
        });
        const { name, version, created } = saved;
        const said = created ? "is saved" : "says the same already";
        output.result(
          saved,
          `Graph ${name}: version ${version} ${said}. Run it: floe graph run ${name} --tenant ${tenant}`,
        );
      }),
    );
}

function addRemove(command: Command): void {
  command
    .command("remove")
    .description("put a graph away, and its schedule; its runs stay")
    .argument("<graph>", "its name")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, name: string, { tenant, yes }: TenantOption & { yes?: boolean }) => {
        if (!(await confirm(`Remove graph ${name}?`, yes))) return output.note("Nothing was changed.");
        await floe.jobGraphs.remove({ tenantId: tenant, name });
        output.result({ name, removed: true }, `Graph ${name} is removed; its runs stay.`);
      }),
    );
}

function addRun(command: Command): void {
  command
    .command("run")
    .description("run the latest version of a graph")
    .argument("<graph>", "its name")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--key <key>", "names the run: a second start with the same key is the same run")
    .option("-w, --wait", "stay until it has ended")
    .action(
      withFloe(
        async (
          floe,
          output,
          name: string,
          { tenant, key, wait }: TenantOption & { key?: string; wait?: boolean },
        ) => {
          const run = await floe.jobGraphs.run({
            tenantId: tenant,
            name,
            ...(key !== undefined && { runKey: key }),
          });
          await showStarted(floe, output, run, wait ?? false);
        },
      ),
    );
}

function addStatus(command: Command): void {
  command
    .command("status")
    .description("draw a run with the state of every job")
    .argument("<run>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-w, --wait", "stay until it has ended")
    .action(
      withFloe(async (floe, output, runId: string, { tenant, wait }: TenantOption & { wait?: boolean }) => {
        const ref = { tenantId: tenant, runId };
        showRun(await (wait ? floe.jobGraphs.wait(ref) : floe.jobGraphs.status(ref)), output);
      }),
    );
}

function addCancel(command: Command): void {
  command
    .command("cancel")
    .description("cancel the jobs that run, and those that have not begun; what was sent stays sent")
    .argument("<run>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, runId: string, options: TenantOption & { yes?: boolean }) => {
        if (!(await confirm(`Cancel run ${runId}?`, options.yes))) return output.note("Nothing was changed.");
        await floe.jobGraphs.cancel({ tenantId: options.tenant, runId });
        output.result({ runId, cancelling: true }, `Run ${runId} is being cancelled.`);
      }),
    );
}

function addResume(command: Command): void {
  command
    .command("resume")
    .description("go on from what failed or was cancelled, in a new run that takes over what succeeded")
    .argument("<run>", "id of the run that failed")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-w, --wait", "stay until it has ended")
    .action(
      withFloe(async (floe, output, runId: string, { tenant, wait }: TenantOption & { wait?: boolean }) => {
        await showStarted(
          floe,
          output,
          await floe.jobGraphs.resume({ tenantId: tenant, runId }),
          wait ?? false,
        );
      }),
    );
}

function addList(command: Command): void {
  command
    .command("list")
    .description("list graphs, or with --runs their runs, newest first")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--runs", "runs instead of graphs")
    .option("--graph <graph>", "runs of this graph")
    .option("--limit <n>", "rows of runs", parseCount, 20)
    .action(
      withFloe(
        async (floe, output, options: TenantOption & { runs?: boolean; graph?: string; limit: number }) => {
          if (options.runs || options.graph !== undefined) return listRuns(floe, output, options);
          output.rows(
            await floe.jobGraphs.list({ tenantId: options.tenant }),
            [
              { title: "GRAPH", value: (g) => g.name },
              { title: "VERSION", value: (g) => g.version, align: "right" },
              { title: "JOBS", value: (g) => g.definition.jobs.length, align: "right" },
              { title: "RECURS", value: (g) => g.definition.schedule?.cron },
              { title: "CREATED", value: (g) => g.createdAt },
            ],
            "No graphs yet. Save one: floe graph create <file>",
          );
        },
      ),
    );
}

async function listRuns(
  floe: Floe,
  output: Output,
  { tenant, graph, limit }: TenantOption & { graph?: string; limit: number },
): Promise<void> {
  output.rows(
    await floe.jobGraphs.runs({ tenantId: tenant, limit, ...(graph !== undefined && { name: graph }) }),
    [
      { title: "RUN", value: (r) => r.runId },
      { title: "GRAPH", value: (r) => r.graphName },
      { title: "STATUS", value: (r) => r.status },
      { title: "CREATED", value: (r) => r.createdAt },
      { title: "FINISHED", value: (r) => r.finishedAt },
    ],
    "No runs yet. Start one: floe graph run <graph>",
  );
}

async function showStarted(
  floe: Floe,
  output: Output,
  run: { tenantId: string; runId: string },
  wait: boolean,
): Promise<void> {
  if (wait) return showRun(await floe.jobGraphs.wait(run), output);
  const how = `floe graph status ${run.runId} --tenant ${run.tenantId}`;
  output.result(run, `Run ${run.runId} is under way. How it stands: ${how}`);
}

function showRun(run: GraphRunDetail, output: Output): void {
  if (output.json) return output.result(run, "");
  output.fields(run, [
    ["Run", run.runId],
    ["Graph", `${run.graphName}, version ${run.version}`],
    ["Status", run.status],
    ["Resumed from", run.resumedFrom],
    ["Created", run.createdAt],
    ["Finished", run.finishedAt],
  ]);
  output.result(run, `\n${drawGraph(run.definition.jobs, run.jobs)}`);
}
