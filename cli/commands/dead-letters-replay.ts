import { Command } from "commander";
import type { Floe } from "../../client/connect.js";
import type { Replay } from "../../client/replays.js";
import { confirm } from "../confirm.js";
import { authorOf, type AuthorOptions, type TenantOption } from "../operator.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount, parsePositive } from "../values.js";
import { watch } from "../watch.js";
import { addFilterOptions, filterOf, type FilterOptions } from "./dead-letter-options.js";

export function addReplayCommands(command: Command): void {
  command.addCommand(replayCommand());
  command.addCommand(replaysCommand());
  const steering = [
    ["pause", "pauseReplay", "stop taking up letters; what was taken up goes on", "pauses"],
    ["resume", "resumeReplay", "go on where a pause, or a lost workflow, has left off", "goes on"],
    ["cancel", "cancelReplay", "end a replay; letters that it has not reached stay open", "is cancelled"],
  ] as const;
  for (const [name, call, description, done] of steering) {
    command
      .command(name)
      .description(description)
      .argument("<replay>", "the replay's id")
      .requiredOption("-t, --tenant <tenant>", "whose")
      .option("--because <reason>", "why; kept in the audit log")
      .action(
        withFloe(async (floe, output, replayId: string, options: TenantOption & AuthorOptions) => {
          const ref = { tenantId: options.tenant, replayId, ...authorOf(options) };
          const replay = await floe.deadLetters[call](ref);
          output.result(replay, `Replay ${replayId} ${done}: ${describe(replay)}`);
        }),
      );
  }
}

interface ReplayOptions extends FilterOptions, AuthorOptions {
  all?: boolean;
  rate: number;
  preview?: boolean;
  wait: boolean;
  yes?: boolean;
}

function replayCommand(): Command {
  const command = new Command("replay")
    .description("try one, some or all that a filter matches again, as a durable job")
    .argument("[id...]", "dead letters; none: all that the filter matches");
  return addFilterOptions(command)
    .option("--all", "without a filter: every open letter of the tenant")
    .option("-r, --rate <n>", "letters a second", parsePositive, 100)
    .option("--preview", "only say how many it would be, and why they are dead")
    .option("--because <reason>", "why; kept in the audit log")
    .option("--no-wait", "return as soon as the replay is durable")
    .option("-y, --yes", "do not ask")
    .addHelpText(
      "after",
      `
Examples:
  $ floe dead-letters replay 17 18 --tenant acme
  $ floe dead-letters replay --tenant acme --kind webhook --reason 'answered 503' --preview
  $ floe dead-letters replay --tenant acme --send <send> --rate 20 --because 'the node is back'`,
    )
    .action(
      withFloe(async (floe, output, ids: string[], options: ReplayOptions) => {
        const filter = { ...filterOf(options), ...(ids.length > 0 && { deadLetterIds: ids }) };
        const preview = await floe.deadLetters.preview(filter);
        if (options.preview) return showPreview(preview, output);
        const question = `Try ${countOf(preview)} dead letters again, ${options.rate} a second?`;
        if ((preview.count > 1 || preview.partial) && !(await confirm(question, options.yes)))
          return output.note("Nothing was changed.");
        const replay = await floe.deadLetters.replay({
          ...filter,
          ...{ all: options.all ?? false, perSecond: options.rate },
          ...authorOf(options),
        });
        await followReplay(floe, { replay, output, wait: options.wait });
      }),
    );
}

function countOf({ count, partial }: { count: number; partial: boolean }): string {
  return partial ? `${count} or more` : String(count);
}

function showPreview(preview: Awaited<ReturnType<Floe["deadLetters"]["preview"]>>, output: Output): void {
  if (output.json) return output.result(preview, "");
  output.note(`${countOf(preview)} open dead letters match:`);
  output.rows(
    preview.reasons,
    [
      { title: "COUNT", value: (r) => r.count, align: "right" },
      { title: "KIND", value: (r) => r.kind },
      { title: "REASON", value: (r) => r.reason },
    ],
    "No open dead letter matches.",
  );
}

async function followReplay(
  floe: Floe,
  { replay, output, wait }: { replay: Replay; output: Output; wait: boolean },
): Promise<void> {
  const { tenantId, replayId } = replay;
  const look = `floe dead-letters replays ${replayId} --tenant ${tenantId}`;
  if (!wait) return output.result(replay, `Replay ${replayId} runs: ${look}`);
  const ended = await watch({
    output,
    poll: () => floe.deadLetters.replayStatus({ tenantId, replayId }),
    view: (now) => ({
      done: now.replayed + now.refused,
      total: now.items,
      text: `letters, ${now.refused} refused`,
      finished: now.finishedAt !== null,
    }),
    goesOn: `The replay goes on: ${look}`,
  });
  if (ended) output.result(ended, `Replay ${replayId}: ${describe(ended)}`);
}

function replaysCommand(): Command {
  return new Command("replays")
    .description("how replays stand, newest first; with an id, one of them")
    .argument("[replay]", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--before <replay>", "begin after this one")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(
        async (
          floe,
          output,
          replayId: string | undefined,
          { tenant, ...page }: TenantOption & { before?: string; limit: number },
        ) => {
          if (replayId !== undefined) {
            const replay = await floe.deadLetters.replayStatus({ tenantId: tenant, replayId });
            return output.result(replay, describe(replay));
          }
          const rows = await floe.deadLetters.replays({ tenantId: tenant, ...page });
          output.rows(
            rows,
            [
              { title: "REPLAY", value: (r) => r.replayId },
              { title: "STATUS", value: (r) => r.status },
              { title: "LETTERS", value: (r) => r.items, align: "right" },
              { title: "REPLAYED", value: (r) => r.replayed, align: "right" },
              { title: "REFUSED", value: (r) => r.refused, align: "right" },
              { title: "CREATED", value: (r) => r.createdAt },
            ],
            "No replays yet. Start one: floe dead-letters replay --help",
          );
          if (rows.length === page.limit) output.note(`More: --before ${rows.at(-1)?.replayId ?? ""}`);
        },
      ),
    );
}

function describe({ status, items, replayed, refused }: Replay): string {
  return `${status}, ${replayed} of ${items} taken up again, ${refused} refused.`;
}
