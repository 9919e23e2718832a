import { Command } from "commander";
import type { SegmentFilter } from "../../domain/segment-filter.js";
import { confirm } from "../confirm.js";
import { withFloe } from "../session.js";
import { parseJson } from "../values.js";

interface TenantOption {
  tenant: string;
}

interface RemoveOptions extends TenantOption {
  yes?: boolean;
}

export function listsCommand(): Command {
  const command = new Command("lists").description("named sets of contacts");

  command
    .command("create")
    .description("create a list (safe to repeat)")
    .argument("<name>")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, name: string, { tenant }: TenantOption) => {
        const list = await floe.lists.create({ tenantId: tenant, name });
        output.result(list, list.created ? `Created list ${name}.` : `List ${name} exists already.`);
      }),
    );

  command
    .command("list")
    .description("list lists")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, { tenant }: TenantOption) => {
        output.rows(
          await floe.lists.list(tenant),
          [
            { title: "LIST", value: (l) => l.name },
            { title: "CONTACTS", value: (l) => l.contactCount, align: "right" },
            { title: "CREATED", value: (l) => l.createdAt },
            { title: "ID", value: (l) => l.listId },
          ],
          "No lists yet. Make one with contacts in it: floe contacts import <file> --list <name>",
        );
      }),
    );
  ofOne(command, "rename", "list", "give a list another name")
    .argument("<name>", "its new name")
    .action(
      withFloe(async (floe, output, list: string, name: string, { tenant }: TenantOption) => {
        output.result(
          await floe.lists.update({ tenantId: tenant, list, name }),
          `List ${list} is now ${name}.`,
        );
      }),
    );

  ofOne(command, "remove", "list", "delete a list that nothing is sent to; its contacts stay")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, list: string, { tenant, yes }: RemoveOptions) => {
        if (!(await confirm(`Delete list ${list}?`, yes))) return output.note("Nothing was changed.");
        await floe.lists.remove({ tenantId: tenant, list });
        output.result({ list, removed: true }, `List ${list} is deleted.`);
      }),
    );
  return command;
}

function ofOne(command: Command, name: string, what: string, description: string): Command {
  return command
    .command(name)
    .description(description)
    .argument(`<${what}>`, "name or id")
    .requiredOption("-t, --tenant <tenant>", "whose");
}

export function segmentsCommand(): Command {
  const command = new Command("segments").description("sets of contacts defined by a filter");

  command
    .command("create")
    .description("create a segment (safe to repeat with the same filter)")
    .argument("<name>")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .requiredOption("--filter <json>", "which contacts", parseJson)
    .addHelpText(
      "after",
      `
A filter compares contact fields (email, domain, first_name, last_name, name, time_zone, created_at) or attributes:
  {"field": "attributes.plan", "op": "eq", "value": "pro"}
  {"all": [{"field": "domain", "op": "in", "value": ["example.com"]}, {"not": {"field": "attributes.city", "op": "exists"}}]}
Operators: eq ne lt lte gt gte in contains starts_with exists. Groups: all any not. Members of a list: {"list": "news"}.

Example:
  $ floe segments create pros --tenant acme --filter '{"field":"attributes.plan","op":"eq","value":"pro"}'`,
    )
    .action(
      withFloe(async (floe, output, name: string, options: TenantOption & { filter: unknown }) => {
        // Checked by the SDK, which names the place that is wrong.
        const filter = options.filter as SegmentFilter;
        const segment = await floe.segments.create({ tenantId: options.tenant, name, filter });
        const contacts = await floe.segments.count({ tenantId: options.tenant, segment: name });
        const done = segment.created ? "Created segment" : "Unchanged segment";
        output.result({ ...segment, contacts }, `${done} ${name}: ${contacts} contacts match now.`);
      }),
    );

  command
    .command("list")
    .description("list segments")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, { tenant }: TenantOption) => {
        output.rows(
          await floe.segments.list(tenant),
          [
            { title: "SEGMENT", value: (s) => s.name },
            { title: "FILTER", value: (s) => JSON.stringify(s.filter) },
            { title: "ID", value: (s) => s.segmentId },
          ],
          "No segments yet. Create one: floe segments create <name> --filter <json>",
        );
      }),
    );

  command
    .command("count")
    .description("how many contacts match now")
    .argument("<segment>", "name or id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .action(
      withFloe(async (floe, output, segment: string, { tenant }: TenantOption) => {
        const contacts = await floe.segments.count({ tenantId: tenant, segment });
        output.result({ contacts }, `${contacts} contacts match now.`);
      }),
    );
  ofOne(
    command,
    "change",
    "segment",
    "give a segment another name or filter; sends that have begun keep theirs",
  )
    .option("--name <name>", "its new name")
    .option("--filter <json>", "which contacts", parseJson)
    .action(
      withFloe(
        async (
          floe,
          output,
          segment: string,
          { tenant, name, filter }: TenantOption & { name?: string; filter?: unknown },
        ) => {
          const change = { name, filter: filter as SegmentFilter | undefined };
          const changed = await floe.segments.update({ tenantId: tenant, segment, ...change });
          output.result(changed, `Segment ${changed.name} is changed.`);
        },
      ),
    );

  ofOne(command, "remove", "segment", "delete a segment that nothing is sent to")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, segment: string, { tenant, yes }: RemoveOptions) => {
        if (!(await confirm(`Delete segment ${segment}?`, yes))) return output.note("Nothing was changed.");
        await floe.segments.remove({ tenantId: tenant, segment });
        output.result({ segment, removed: true }, `Segment ${segment} is deleted.`);
      }),
    );
  return command;
}
