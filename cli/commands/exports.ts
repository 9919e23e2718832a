import { Command } from "commander";
import type { Export, ExportHandle } from "../../client/exports.js";
import { exportKinds, type ExportKind } from "../../domain/exports.js";
import { confirm } from "../confirm.js";
import { exitCodes } from "../exit-codes.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";
import { watch } from "../watch.js";
import { exportsDownloadCommand, exportsLinkCommand } from "./exports-download.js";

interface TenantOption {
  tenant: string;
}

interface StartOptions extends TenantOption {
  list?: string;
  segment?: string;
  send?: string;
  campaign?: string;
  event?: string[];
  from?: string;
  to?: string;
  path?: string;
  url?: string;
  gzip?: boolean;
  raw?: boolean;
  keepDays: number;
  wait: boolean;
}

export function exportsCommand(): Command {
  const command = new Command("exports").description(
    "CSV files as durable jobs: contacts, sends, events, analytics",
  );
  command.addCommand(startCommand());
  command.addCommand(exportsDownloadCommand());
  command.addCommand(exportsLinkCommand());

  command
    .command("list")
    .description("list exports, newest first")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--before <export>", "begin after this one")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(
        async (floe, output, { tenant, ...page }: TenantOption & { before?: string; limit: number }) => {
          const rows = await floe.exports.list({ tenantId: tenant, ...page });
          output.rows(
            rows,
            [
              { title: "EXPORT", value: (e) => e.exportId },
              { title: "KIND", value: (e) => e.kind },
              { title: "STATUS", value: (e) => e.status },
              { title: "ROWS", value: (e) => e.rowsWritten, align: "right" },
              { title: "BYTES", value: (e) => e.bytes, align: "right" },
              { title: "CREATED", value: (e) => e.createdAt },
              { title: "EXPIRES", value: (e) => e.expiresAt },
            ],
            "No exports yet. Start one: floe exports start contacts",
          );
          if (rows.length === page.limit) output.note(`More: --before ${rows.at(-1)?.exportId ?? ""}`);
        },
      ),
    );

  command
    .command("show")
    .description("how an export stands")
    .argument("<export>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-w, --watch", "stay until it has ended")
    .action(
      withFloe(async (floe, output, exportId: string, options: TenantOption & { watch?: boolean }) => {
        const ref = { tenantId: options.tenant, exportId };
        const progress = () => floe.exports.get(ref);
        const row = options.watch ? await watchExport({ ...ref, progress }, output) : await progress();
        if (row) showExport(row, output);
      }),
    );

  command
    .command("cancel")
    .description("stop an export; no file comes to stand")
    .argument("<export>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, exportId: string, options: TenantOption & { yes?: boolean }) => {
        if (!(await confirm(`Stop export ${exportId}?`, options.yes)))
          return output.note("Nothing was changed.");
        await floe.exports.cancel({ tenantId: options.tenant, exportId });
        output.result({ exportId, cancelling: true }, `Export ${exportId} stops.`);
      }),
    );
  return command;
}

function startCommand(): Command {
  return new Command("start")
    .description("write a CSV file, on the machine that exports or to S3")
    .argument("<kind>", exportKinds.join(", "))
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-l, --list <list>", "contacts: only members of this list")
    .option("-s, --segment <segment>", "contacts: only those that match this segment")
    .option("--send <send>", "sends, events: only of this send")
    .option("--campaign <campaign>", "sends, analytics: only of this campaign")
    .option("--event <kind...>", "events: only these kinds")
    .option("--from <time>", "from this ISO date or time on")
    .option("--to <time>", "before this ISO date or time")
    .option("--path <path>", "name below the tenant's folder of exports")
    .option("--url <url>", "s3://bucket/key instead of a path")
    .option("--gzip", "compress; also by a name that ends in .gz")
    .option("--raw", "values as they are, also those that a spreadsheet would run as formulas")
    .option("--keep-days <n>", "days for which the file is kept", parseCount, 7)
    .option("--no-wait", "return as soon as the export is durable")
    .addHelpText(
      "after",
      `
Examples:
  $ floe exports start contacts --tenant acme --list news
  $ floe exports start sends --tenant acme --send <send> --url s3://reports/november.csv.gz
  $ floe exports start events --tenant acme --event open click --from 2026-11-01 --to 2026-12-01`,
    )
    .action(
      withFloe(async (floe, output, kind: ExportKind, options: StartOptions) => {
        const { tenant, wait, send, campaign, event, ...how } = options;
        const started = await floe.exports.start({
          ...how,
          tenantId: tenant,
          kind,
          sendId: send,
          campaignId: campaign,
          eventKinds: event as ("open" | "click")[] | undefined,
        });
        if (!wait) {
          const { exportId } = started;
          return output.result(
            { exportId },
            `Export ${exportId} runs: floe exports show ${exportId} --tenant ${tenant}`,
          );
        }
        const row = await watchExport(started, output);
        if (row) showExport(row, output);
      }),
    );
}

/** @returns the ended export, or undefined when the person stopped watching. */
function watchExport(
  { exportId, tenantId, progress }: Pick<ExportHandle, "exportId" | "tenantId" | "progress">,
  output: Output,
): Promise<Export | undefined> {
  return watch({
    output,
    poll: progress,
    view: (row) => ({
      done: row.rowsWritten,
      total: row.rowsTotal ?? undefined,
      text: `rows │ ${(row.bytes / 1e6).toFixed(1)} MB`,
      finished: row.finishedAt !== null,
    }),
    goesOn: `The export goes on: floe exports show ${exportId} --tenant ${tenantId}`,
  });
}

/** Prints how an export stands; a failed one makes the command fail. */
function showExport(row: Export, output: Output): void {
  if (row.status === "failed") process.exitCode = exitCodes.failed;
  output.fields(row, [
    ["Export", row.exportId],
    ["Kind", row.kind],
    ["Status", row.status],
    ...(row.error === null ? [] : ([["Reason", row.error]] satisfies [string, string][])),
    ["Rows", row.rowsWritten],
    ["Bytes", row.bytes],
    ["File", row.fileUrl],
    ["Finished", row.finishedAt],
    ["Expires", row.expiresAt],
  ]);
  if (row.status === "completed") {
    output.note(`Fetch it: floe exports download ${row.exportId} --tenant ${row.tenantId}`);
    output.note(`A link for others: floe exports link ${row.exportId} --tenant ${row.tenantId}`);
  }
}
