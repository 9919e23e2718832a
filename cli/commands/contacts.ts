import { Command } from "commander";
import { withFloe } from "../session.js";
import { collectPairs, parseCount } from "../values.js";
import { contactsExportCommand } from "./contacts-export.js";
import { showImport, watchImport } from "./import-progress.js";

interface ImportOptions {
  tenant: string;
  user?: string;
  list?: string;
  map?: Record<string, string>;
  header: boolean;
  watch: boolean;
}

interface ListOptions {
  tenant: string;
  list?: string;
  after?: string;
  limit: number;
}

export function contactsCommand(): Command {
  const command = new Command("contacts").description("people a tenant may write to");

  command
    .command("import")
    .description("import a CSV file of any size; refused rows are kept with line and reason")
    .argument("<file>", "path the import worker can read")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-l, --list <name>", "list they become members of; made when there is none")
    .option("-m, --map <column=field>", "what a column holds, such as col_0=email; repeat it", collectPairs)
    .option("--no-header", "the first row is a contact already (needs --map)")
    .option("-u, --user <user>", "who asks: shown with its progress")
    .option("--no-watch", "return as soon as the import has started")
    .addHelpText(
      "after",
      `
Fields: email, first_name, last_name, name, time_zone, attributes.<name>. Without --map the header row says what is what.

Examples:
  $ floe contacts import people.csv --tenant acme --list news
  $ floe contacts import raw.csv --tenant acme --no-header --map col_0=email --map col_3=attributes.city`,
    )
    .action(
      withFloe(async (floe, output, path: string, options: ImportOptions) => {
        const started = await floe.contacts.import({
          tenantId: options.tenant,
          path,
          list: options.list,
          mapping: options.map,
          hasHeader: options.header,
          user: options.user,
        });
        if (!options.watch)
          return output.result({ importId: started.importId }, `Import ${started.importId} started.`);
        const ended = await watchImport(started, output);
        if (ended) showImport(ended, output);
      }),
    );

  command.addCommand(contactsExportCommand());

  command
    .command("list")
    .description("list contacts")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-l, --list <list>", "only members of this list")
    .option("--after <contact>", "begin after this contact id")
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(async (floe, output, { tenant, ...page }: ListOptions) => {
        const contacts = await floe.contacts.list({ tenantId: tenant, ...page });
        output.rows(
          contacts,
          [
            { title: "CONTACT", value: (c) => c.contactId, align: "right" },
            { title: "EMAIL", value: (c) => c.email },
            { title: "NAME", value: (c) => c.name ?? [c.firstName, c.lastName].filter(Boolean).join(" ") },
            { title: "TIME ZONE", value: (c) => c.timeZone },
            { title: "CREATED", value: (c) => c.createdAt },
          ],
          "No contacts here. Import some: floe contacts import <file>",
        );
        if (contacts.length === page.limit) output.note(`More: --after ${contacts.at(-1)?.contactId ?? ""}`);
      }),
    );
  return command;
}
