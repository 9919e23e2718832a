import { Command, Option } from "commander";
import type { Floe } from "../../client/connect.js";
import {
  hasEnded,
  progressStatuses,
  type Progress,
  type ProgressStatus,
  type Standing,
} from "../../domain/progress.js";
import { confirm } from "../confirm.js";
import { exitCodes } from "../exit-codes.js";
import type { Column, Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount, parseNumber } from "../values.js";
import { stoppedWatching, watch } from "../watch.js";

interface TenantOption {
  tenant: string;
}

const columns: Column<Progress>[] = [
  { title: "ID", value: (p) => p.id },
  { title: "KIND", value: (p) => p.kind },
  { title: "STATUS", value: (p) => p.status },
  { title: "DONE", value: (p) => p.processed, align: "right" },
  { title: "OF", value: (p) => p.total, align: "right" },
  { title: "FAILED", value: (p) => p.failed, align: "right" },
  { title: "USER", value: (p) => p.user },
  { title: "UPDATED", value: (p) => p.updatedAt },
];

export function progressCommand(): Command {
  const command = new Command("progress").description(
    "how imports, exports, sends, sequences and job graphs stand",
  );

  ofTenant(command.command("list"))
    .description("list progress, newest first")
    .option("-u, --user <user>", "only what this user asked for")
    .addOption(new Option("-s, --status <status>", "only in this status").choices(progressStatuses))
    .option("--before <id>", "begin behind this one")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(async (floe, output, { tenant, ...page }: TenantOption & ListOptions) => {
        const rows = await floe.progress.list({ tenantId: tenant, ...page });
        output.rows(rows, columns, "No progress yet. Start something: floe contacts import <file>");
        if (rows.length === page.limit) output.note(`More: --before ${rows.at(-1)?.id ?? ""}`);
      }),
    );

  ofTenant(command.command("get"))
    .description("how one import, export, send, sequence or run stands")
    .argument("<id>", "its id")
    .option("-w, --watch", "stay until it has ended")
    .action(
      withFloe(async (floe, output, id: string, options: TenantOption & { watch?: boolean }) => {
        const ref = { tenantId: options.tenant, id };
        const progress = options.watch ? await stay(floe, ref, output) : await floe.progress.get(ref);
        if (progress) show(progress, output);
      }),
    );

  ofTenant(command.command("watch"))
    .description("print every update as it comes, until Ctrl-C, or until the one named has ended")
    .argument("[id]", "only of this one")
    .option("-u, --user <user>", "only of what this user asked for")
    .option("--after <n>", "resume behind this number; 0: from the first that is kept", parseNumber)
    .addHelpText(
      "after",
      "\nExample:\n  $ floe --json progress watch --tenant acme --after 42 | jq .processed",
    )
    .action(
      withFloe(async (floe, output, id: string | undefined, options: TenantOption & WatchOptions) => {
        const { tenant, ...from } = options;
        await follow(floe, output, { tenantId: tenant, id, ...from });
      }),
    );

  ofTenant(command.command("delete"))
    .description("forget how something that has ended went; what it did stays")
    .argument("<id>", "its id")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, id: string, options: TenantOption & { yes?: boolean }) => {
        if (!(await confirm(`Forget the progress of ${id}?`, options.yes)))
          return output.note("Nothing was changed.");
        await floe.progress.delete({ tenantId: options.tenant, id });
        output.result({ id, deleted: true }, `The progress of ${id} is forgotten.`);
      }),
    );
  return command;
}

interface ListOptions {
  user?: string;
  status?: ProgressStatus;
  before?: string;
  limit: number;
}

interface WatchOptions {
  user?: string;
  after?: number;
}

function stay(floe: Floe, ref: { tenantId: string; id: string }, output: Output) {
  return watch({
    output,
    poll: () => floe.progress.get(ref),
    view: (progress) => ({
      done: progress.processed,
      total: progress.total ?? undefined,
      text: describe(progress),
      finished: hasEnded(progress.status),
    }),
    goesOn: `The work goes on: floe progress get ${ref.id} --tenant ${ref.tenantId} --watch`,
  });
}

type FollowQuery = Parameters<Floe["progress"]["subscribe"]>[0];

/** Prints what comes; whoever stops is told how to go on without missing anything. */
async function follow(floe: Floe, output: Output, query: FollowQuery): Promise<void> {
  const enough = new AbortController();
  const onInterrupt = (): void => enough.abort("stopped");
  process.once("SIGINT", onInterrupt);
  const following = await floe.progress.subscribe(query, (update) => {
    const { sequence, at, kind, id, processed, total } = update;
    const line = `${sequence}  ${at.toISOString()}  ${kind} ${id}  ${processed}/${total ?? "?"} ${describe(update)}`;
    output.result(update, line);
    if (query.id !== undefined && hasEnded(update.status)) enough.abort("ended");
  });
  output.note("Watching. Ctrl-C ends it.");
  try {
    // By itself it ends only when it fails.
    await Promise.race([aborted(enough.signal), following.ended]);
    if (enough.signal.reason === "ended") return;
    output.note(`Stopped watching. Go on: --after ${following.cursor}`);
    process.exitCode = stoppedWatching;
  } finally {
    process.removeListener("SIGINT", onInterrupt);
    await following.unsubscribe();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function describe({ status, failed, message }: Standing): string {
  return `${status}${failed > 0 ? `, ${failed} failed` : ""}${message === null ? "" : `: ${message}`}`;
}

function show(progress: Progress, output: Output): void {
  if (progress.status === "failed") process.exitCode = exitCodes.failed;
  output.fields(progress, [
    ["Id", progress.id],
    ["Kind", progress.kind],
    ["Status", progress.status],
    ...(progress.message === null ? [] : ([["Message", progress.message]] satisfies [string, string][])),
    ["Done", progress.processed],
    ["Of", progress.total],
    ["Failed", progress.failed],
    ["User", progress.user],
    ["Last update", progress.sequence],
    ["Started", progress.startedAt],
    ["Updated", progress.updatedAt],
    ["Finished", progress.finishedAt],
  ]);
}

function ofTenant(command: Command): Command {
  return command.requiredOption("-t, --tenant <tenant>", "whose");
}
