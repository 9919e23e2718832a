import { Command } from "commander";
import { withFloe } from "../session.js";
import { readTextFile } from "../values.js";

interface SaveOptions {
  tenant: string;
  subject: string;
  html: string;
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
    .requiredOption("--html <file>", "file with the html part")
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
          html: await readTextFile("--html", options.html),
          text: options.text === undefined ? undefined : await readTextFile("--text", options.text),
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
  return command;
}
