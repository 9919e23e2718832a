import { Command } from "commander";
import { confirm } from "../confirm.js";
import { withFloe } from "../session.js";
import { parseJson, readTextFile } from "../values.js";

interface SaveOptions {
  tenant: string;
  subject: string;
  html?: string;
  mjml?: string;
  text?: string;
  preheader?: string;
}

export function templatesCommand(): Command {
  const command = new Command("templates").description("subject, html and text with Handlebars holes");

  command
    .command("save")
    .description("save a template as a new version; versions never change")
    .argument("<name>")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .requiredOption("--subject <text>", "subject line")
    .option("--html <file>", "file with the html part")
    .option("--mjml <file>", "instead of it: file with MJML, from which html is made")
    .option("--text <file>", "file with the text part; absent: made from the html")
    .option("--preheader <text>", "preview line beside the subject")
    .addHelpText(
      "after",
      `
Holes: {{email}} {{first_name}} {{last_name}} {{name}} {{unsubscribe_url}}, and every attribute by its name.

Example:
  $ floe templates save welcome --tenant acme --subject 'Hello {{first_name}}' --html welcome.html`,
    )
    .action(
      withFloe(async (floe, output, name: string, options: SaveOptions) => {
        const saved = await floe.templates.save({
          tenantId: options.tenant,
          name,
          subject: options.subject,
          html: await readPart("html", options),
          mjml: await readPart("mjml", options),
          text: await readPart("text", options),
          preheader: options.preheader,
        });
        output.result(saved, `Template ${name} is at version ${saved.version}.`);
      }),
    );

  command
    .command("list")
    .description("list templates")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, { tenant }: { tenant: string }) => {
        output.rows(
          await floe.templates.list(tenant),
          [
            { title: "TEMPLATE", value: (t) => t.name },
            { title: "VERSION", value: (t) => t.version, align: "right" },
            { title: "SAVED", value: (t) => t.savedAt },
            { title: "ID", value: (t) => t.templateId },
          ],
          "No templates yet. Save one: floe templates save <name> --subject <text> --html <file>",
        );
      }),
    );
  ofTemplate(command, "versions", "list the versions of a template, newest first").action(
    withFloe(async (floe, output, template: string, { tenant }: { tenant: string }) => {
      output.rows(
        await floe.templates.versions({ tenantId: tenant, template }),
        [
          { title: "VERSION", value: (v) => v.version, align: "right" },
          { title: "SUBJECT", value: (v) => v.subject },
          { title: "SAVED", value: (v) => v.savedAt },
          { title: "ID", value: (v) => v.templateVersionId },
        ],
        "No versions.",
      );
    }),
  );

  ofTemplate(command, "preview", "show what somebody with these variables gets")
    .option("--variables <json>", 'such as {"first_name":"Ann"}', parseJson)
    .option("--html", "show the html instead of the text")
    .action(
      withFloe(
        async (
          floe,
          output,
          template: string,
          { tenant, variables, html }: { tenant: string; variables?: unknown; html?: boolean },
        ) => {
          const sample = variables as Record<string, string> | undefined;
          const shown = await floe.templates.preview({ tenantId: tenant, template, variables: sample });
          output.result(shown, `${shown.subject}\n\n${html ? shown.html : shown.text}`);
        },
      ),
    );

  ofTemplate(command, "remove", "delete a template that nothing was sent with, and its versions")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, template: string, { tenant, yes }: { tenant: string; yes?: boolean }) => {
        if (!(await confirm(`Delete template ${template}?`, yes))) return output.note("Nothing was changed.");
        await floe.templates.remove({ tenantId: tenant, template });
        output.result({ template, removed: true }, `Template ${template} is deleted.`);
      }),
    );
  return command;
}

async function readPart(part: "html" | "mjml" | "text", options: SaveOptions): Promise<string | undefined> {
  const file = options[part];
  return file === undefined ? undefined : readTextFile(`--${part}`, file);
}

function ofTemplate(templates: Command, name: string, description: string): Command {
  return templates
    .command(name)
    .description(description)
    .argument("<template>", "name or id, or the id of one version")
    .requiredOption("-t, --tenant <tenant>", "whose");
}
