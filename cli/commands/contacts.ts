import { Command } from "commander";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { InvalidInput } from "../../domain/errors.js";
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
  encoding?: string;
  upload?: boolean;
  notify?: string;
  notifyFrom?: string;
  watch: boolean;
}

interface ListOptions {
  tenant: string;
  list?: string;
  segment?: string;
  emailPrefix?: string;
  after?: string;
  limit: number;
}

/** @throws InvalidInput when it cannot be read */
async function openFile(path: string): Promise<Readable> {
  const file = createReadStream(path);
  await once(file, "open").catch((error: NodeJS.ErrnoException) => {
    const problem =
      error.code === "ENOENT" ? "there is no such file" : `cannot be read (${error.code ?? "unreadable"})`;
    throw new InvalidInput([{ field: "file", problem: `${path}: ${problem}` }], { cause: error });
  });
  return file;
}

export function contactsCommand(): Command {
  const command = new Command("contacts").description("people a tenant may write to");

  command
    .command("import")
    .description("import a CSV file of any size; refused rows are kept with line and reason")
    .argument(
      "<file>",
      "path that the import worker can read, or s3://bucket/key; CSV, alone or in gzip or zip",
    )
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-l, --list <name>", "list they become members of; made when there is none")
    .option("-m, --map <column=field>", "what a column holds, such as col_0=email; repeat it", collectPairs)
    .option("--no-header", "the first row is a contact already (needs --map)")
    .option("-e, --encoding <name>", "what it is written in, such as windows-1252; without it: found out")
    .option("--upload", "copy it into the data folder first, which this machine shares with the workers")
    .option("--notify <address>", "who gets an email at the end (with --notify-from)")
    .option("--notify-from <address>", "whom that email comes from")
    .option("-u, --user <user>", "who asks: shown with its progress")
    .option("--no-watch", "return as soon as the import has started")
    .addHelpText(
      "after",
      `
Fields: email, first_name, last_name, name, time_zone, attributes.<name>. Without --map the header row says what is what.

Examples:
  $ floe contacts import people.csv --tenant acme --list news
  $ floe contacts import s3://uploads/people.csv.gz --tenant acme --list news
  $ floe contacts import raw.csv --tenant acme --no-header --map col_0=email --map col_3=attributes.city`,
    )
    .action(
      withFloe(async (floe, output, path: string, options: ImportOptions) => {
        const asked = {
          tenantId: options.tenant,
          list: options.list,
          mapping: options.map,
          hasHeader: options.header,
          encoding: options.encoding,
          user: options.user,
          notifyEmail: options.notify,
          notifyFrom: options.notifyFrom,
        };
        const source = path.startsWith("s3://") ? { fileUrl: path } : { path };
        const started = options.upload
          ? await floe.imports.upload(asked, await openFile(path))
          : await floe.contacts.import({ ...asked, ...source });
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
    .option("-s, --segment <segment>", "only those that match this segment")
    .option("--email-prefix <text>", "only those whose address begins so, by address")
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
