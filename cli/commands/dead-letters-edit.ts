import { Command } from "commander";
import type { DeadLetterEdit } from "../../client/dead-letters.js";
import { authorOf, type AuthorOptions, type TenantOption } from "../operator.js";
import { withFloe } from "../session.js";
import { collectPairs, readJsonFile } from "../values.js";

interface EditOptions extends TenantOption, AuthorOptions {
  recipient?: string;
  variables?: string;
  data?: string;
  value?: Record<string, string>;
}

export function editLetterCommand(): Command {
  return new Command("edit")
    .description("change what the next attempt says; how it was stays in the audit log")
    .argument("<id>", "the dead letter's id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--recipient <address>", "of a single email: its address")
    .option("--variables <file>", "of a single email: all its variables, a JSON object")
    .option("--data <file>", "of a webhook: the event's data, a JSON object")
    .option("--value <field=value>", "of a refused row: a field of its contact; repeat it", collectPairs)
    .option("--because <reason>", "why; kept in the audit log")
    .addHelpText(
      "after",
      `
Examples:
  $ floe dead-letters edit 17 --tenant acme --recipient ann@example.com --because 'a typing mistake'
  $ floe dead-letters edit 18 --tenant acme --value email=ann@example.com --value first_name=Ann
  $ floe dead-letters replay 17 18 --tenant acme`,
    )
    .action(
      withFloe(async (floe, output, deadLetterId: string, options: EditOptions) => {
        const { tenant, recipient, variables, data, value } = options;
        const edit: DeadLetterEdit = {
          ...{ tenantId: tenant, deadLetterId, recipient, values: value },
          variables: variables === undefined ? undefined : await readJsonFile("--variables", variables),
          data: data === undefined ? undefined : await readJsonFile("--data", data),
          ...authorOf(options),
        };
        const letter = await floe.deadLetters.edit(edit);
        output.result(letter, `Changed. Try it: floe dead-letters replay ${deadLetterId} --tenant ${tenant}`);
      }),
    );
}
