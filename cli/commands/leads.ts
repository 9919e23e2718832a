import { Command } from "commander";
import type { LeadsInput } from "../../client/leads.js";
import { InvalidInput } from "../../domain/errors.js";
import { withFloe } from "../session.js";
import { readTextFile } from "../values.js";
import { showImport, watchImport } from "./import-progress.js";

interface ImportOptions {
  tenant: string;
  user?: string;
  list?: string;
  watch: boolean;
}

export function leadsCommand(): Command {
  const command = new Command("leads").description("contacts as rows of JSON");
  command
    .command("import")
    .description("import leads from a JSON file, up to 100,000; for more: floe contacts import")
    .argument("<file>", 'an array: [{ "email": "ann@example.com", "name": "Ann", "plan": "pro" }]')
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-l, --list <name>", "list they become members of; made when there is none")
    .option("-u, --user <user>", "who asks: shown with its progress")
    .option("--no-watch", "return as soon as the import is durable")
    .addHelpText(
      "after",
      "\nFields: email, first_name, last_name, name, time_zone; every other name is an attribute.\nHow it stands later: floe imports show <import>",
    )
    .action(
      withFloe(async (floe, output, file: string, { tenant, list, user, watch }: ImportOptions) => {
        const leads = await readLeads(file);
        const started = await floe.leads.import({ tenantId: tenant, leads, list, user });
        if (!watch)
          return output.result({ importId: started.importId }, `Import ${started.importId} started.`);
        const ended = await watchImport(started, output);
        if (ended) showImport(ended, output);
      }),
    );
  return command;
}

/** What stands in it is checked by the SDK. */
async function readLeads(file: string): Promise<LeadsInput["leads"]> {
  const text = await readTextFile("file", file);
  try {
    return JSON.parse(text) as LeadsInput["leads"];
  } catch (error) {
    throw new InvalidInput([{ field: "file", problem: `${file}: is not JSON` }], { cause: error });
  }
}
