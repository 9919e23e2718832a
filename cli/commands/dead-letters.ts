import { Command } from "commander";
import type { DeadLetter, DeadLetterDetail } from "../../client/dead-letters.js";
import { confirm } from "../confirm.js";
import { authorOf, type AuthorOptions, type TenantOption } from "../operator.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";
import { addFilterOptions, filterOf, type FilterOptions } from "./dead-letter-options.js";
import { editLetterCommand } from "./dead-letters-edit.js";
import { addReplayCommands } from "./dead-letters-replay.js";

export function deadLettersCommand(): Command {
  const command = new Command("dead-letters").description(
    "work that spent its attempts and waits for a person: see, edit, replay, dismiss, purge",
  );
  command.addCommand(listCommand());
  command.addCommand(showCommand());
  command.addCommand(editLetterCommand());
  addReplayCommands(command);
  command.addCommand(retryCommand());
  command.addCommand(dismissCommand());
  command.addCommand(purgeCommand());
  return command;
}

function listCommand(): Command {
  return addFilterOptions(new Command("list").description("open dead letters, oldest first"))
    .option("--after <id>", "begin after this dead letter")
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(async (floe, output, options: FilterOptions & { after?: string; limit: number }) => {
        const { after, limit } = options;
        const letters = await floe.deadLetters.list({ ...filterOf(options), after, limit });
        showLetters(letters, output);
        if (letters.length === limit) output.note(`More: --after ${letters.at(-1)?.deadLetterId ?? ""}`);
      }),
    );
}

function showLetters(letters: DeadLetter[], output: Output): void {
  output.rows(
    letters,
    [
      { title: "ID", value: (l) => l.deadLetterId, align: "right" },
      { title: "KIND", value: (l) => l.kind },
      { title: "ABOUT", value: aboutOf },
      { title: "REASON", value: (l) => l.reason },
      { title: "TRIES", value: (l) => l.attempts, align: "right" },
      { title: "SINCE", value: (l) => l.createdAt },
      { title: "REPLAY OF", value: (l) => l.replayOf, align: "right" },
    ],
    "No dead letters: everything was delivered or settled.",
  );
}

function aboutOf(letter: DeadLetter): string {
  const { sendId, contactId, emailId, deliveryId, importId, line, exportId, runId, job } = letter;
  if (sendId !== null) return `send ${sendId}, contact ${contactId ?? ""}`;
  if (emailId !== null) return `email ${emailId}`;
  if (deliveryId !== null) return `delivery ${deliveryId}`;
  if (importId !== null) return line === null ? `import ${importId}` : `import ${importId}, line ${line}`;
  return exportId === null ? `run ${runId ?? ""}, job ${job ?? ""}` : `export ${exportId}`;
}

function showCommand(): Command {
  return new Command("show")
    .description("what a dead letter was about, its attempts, and the letters before it")
    .argument("<id>", "the dead letter's id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, deadLetterId: string, { tenant }: TenantOption) => {
        showLetter(await floe.deadLetters.get({ tenantId: tenant, deadLetterId }), output);
      }),
    );
}

function showLetter(letter: DeadLetterDetail, output: Output): void {
  output.fields(letter, [
    ["Dead letter", letter.deadLetterId],
    ["Kind", letter.kind],
    ["About", aboutOf(letter)],
    ["Reason", letter.reason],
    ["Tries", letter.attempts],
    ["Since", letter.createdAt],
    ["Resolved", letter.resolution === null ? "no, it is open" : letter.resolution],
    ...Object.entries(letter.payload ?? {}).map(
      ([name, value]) =>
        [name, typeof value === "string" ? value : JSON.stringify(value)] as [string, string],
    ),
    ...letter.attemptLog.map(
      ({ attempt, outcome }) => [`Attempt ${attempt}`, JSON.stringify(outcome)] as [string, string],
    ),
    ...letter.earlier.map(
      (earlier) => [`Before: ${earlier.deadLetterId}`, earlier.reason] as [string, string],
    ),
  ]);
}

function retryCommand(): Command {
  return new Command("retry")
    .description("take all dead recipients of a send up again; for a single email: floe email retry")
    .argument("<send>", "the send's id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, sendId: string, { tenant }: TenantOption) => {
        const retried = await floe.deadLetters.retry({ tenantId: tenant, sendId });
        output.result(retried, `${retried.revived} recipients are tried again.`);
      }),
    );
}

function dismissCommand(): Command {
  return new Command("dismiss")
    .description("close dead letters without another attempt")
    .argument("<id...>", "their ids")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--because <reason>", "why; kept in the audit log")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(
        async (
          floe,
          output,
          deadLetterIds: string[],
          options: TenantOption & AuthorOptions & { yes?: boolean },
        ) => {
          const question = `Dismiss ${deadLetterIds.length} dead letters? Their recipients get nothing.`;
          if (!(await confirm(question, options.yes))) return output.note("Nothing was changed.");
          const { dismissed } = await floe.deadLetters.dismiss({
            ...{ tenantId: options.tenant, deadLetterIds },
            ...authorOf(options),
          });
          output.result(
            { dismissed },
            `${dismissed} of ${deadLetterIds.length} were open and are dismissed.`,
          );
        },
      ),
    );
}

type PurgeOptions = FilterOptions & AuthorOptions & { olderThanDays: number; yes?: boolean };

function purgeCommand(): Command {
  const command = new Command("purge").description(
    "remove old letters for good, open or resolved; the work itself stays as it is",
  );
  return addFilterOptions(command)
    .option("--older-than-days <n>", "only letters older than that", parseCount, 30)
    .option("--because <reason>", "why; kept in the audit log")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, options: PurgeOptions) => {
        const filter = { ...filterOf(options), olderThanDays: options.olderThanDays };
        const { count } = await floe.deadLetters.countPurgeable(filter);
        if (count === 0) return output.result({ purged: 0 }, "No letter is that old; nothing was removed.");
        const question = `Remove ${count} dead letters for good? What they were about can no longer be replayed.`;
        if (!(await confirm(question, options.yes))) return output.note("Nothing was changed.");
        const purged = await floe.deadLetters.purge({ ...filter, expected: count, ...authorOf(options) });
        output.result(purged, `${purged.purged} dead letters were removed.`);
      }),
    );
}
