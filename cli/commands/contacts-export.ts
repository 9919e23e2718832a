import { Command } from "commander";
import { spreadsheetNote, writeCsv } from "../csv-target.js";
import { withFloe } from "../session.js";

interface ExportOptions {
  tenant: string;
  list?: string;
  segment?: string;
  raw?: boolean;
  force?: boolean;
}

export function contactsExportCommand(): Command {
  return new Command("export")
    .description("write contacts to a CSV file of any size, or to the standard output")
    .argument("[file]", "where to; a name that ends in .gz is compressed; without one: the standard output")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-l, --list <list>", "only members of this list")
    .option("-s, --segment <segment>", "only contacts that match this segment")
    .option("--raw", "values as they are, also those that a spreadsheet would run as formulas")
    .option("-f, --force", "replace the file if it exists")
    .addHelpText(
      "after",
      `
${spreadsheetNote} To import the file again, export it with --raw.

Examples:
  $ floe contacts export people.csv --tenant acme --list news
  $ floe contacts export all.csv.gz --tenant acme --raw
  $ floe contacts export --tenant acme --segment pro | wc -l`,
    )
    .action(
      withFloe(async (floe, output, path: string | undefined, options: ExportOptions) => {
        const { tenant, list, segment, raw } = options;
        await writeCsv({
          open: () => floe.contacts.export({ tenantId: tenant, list, segment, raw }),
          ...{ path, force: options.force ?? false, rowsAre: "contacts", output },
        });
      }),
    );
}
