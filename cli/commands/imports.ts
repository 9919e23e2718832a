import { Command } from "commander";
import { pipeline } from "node:stream/promises";
import { confirm } from "../confirm.js";
import { createExportFile } from "../export-file.js";
import { withFloe } from "../session.js";
import { parseCount } from "../values.js";
import { showImport, watchImport } from "./import-progress.js";

interface TenantOption {
  tenant: string;
}

export function importsCommand(): Command {
  const command = new Command("imports").description("CSV imports: how they went, and what they refused");

  command
    .command("list")
    .description("list imports, newest first")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--limit <n>", "rows", parseCount, 20)
    .action(
      withFloe(async (floe, output, { tenant, limit }: TenantOption & { limit: number }) => {
        output.rows(
          await floe.imports.list({ tenantId: tenant, limit }),
          [
            { title: "IMPORT", value: (i) => i.importId },
            { title: "STATUS", value: (i) => i.status },
            { title: "IMPORTED", value: (i) => i.rowsImported, align: "right" },
            { title: "REFUSED", value: (i) => i.rowsRefused, align: "right" },
            { title: "CREATED", value: (i) => i.createdAt },
          ],
          "No imports yet. Start one: floe contacts import <file>",
        );
      }),
    );

  command
    .command("show")
    .description("how an import stands")
    .argument("<import>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-w, --watch", "stay until it has ended")
    .action(
      withFloe(
        async (
          floe,
          output,
          importId: string,
          { tenant, ...options }: TenantOption & { watch?: boolean },
        ) => {
          const ref = { tenantId: tenant, importId };
          const progress = () => floe.imports.get(ref);
          const row = options.watch ? await watchImport({ ...ref, progress }, output) : await progress();
          if (row) showImport(row, output);
        },
      ),
    );

  command
    .command("refusals")
    .description("rows that were not imported, with line and reason")
    .argument("<import>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--after <line>", "begin after this line", parseCount)
    .option("--limit <n>", "rows", parseCount, 50)
    .action(
      withFloe(
        async (
          floe,
          output,
          importId: string,
          { tenant, ...page }: TenantOption & { after?: number; limit: number },
        ) => {
          const refusals = await floe.imports.refusals({ tenantId: tenant, importId, ...page });
          output.rows(
            refusals,
            [
              { title: "LINE", value: (r) => r.line, align: "right" },
              { title: "FIELD", value: (r) => r.field },
              { title: "REASON", value: (r) => r.reason },
              { title: "ROW", value: (r) => r.raw },
            ],
            "No row was refused.",
          );
          if (refusals.length === page.limit) output.note(`More: --after ${refusals.at(-1)?.line ?? ""}`);
        },
      ),
    );

  command
    .command("refused")
    .description(
      "refused rows as a CSV file with line, reason and their own columns, to be mended and imported again",
    )
    .argument("<import>", "its id")
    .argument("[file]", "where to; without one: the standard output")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("--raw", "values as they are, also those that a spreadsheet would run as formulas")
    .option("-f, --force", "replace the file if it exists")
    .action(
      withFloe(
        async (
          floe,
          output,
          importId: string,
          path: string | undefined,
          options: TenantOption & { force?: boolean; raw?: boolean },
        ) => {
          const csv = await floe.imports.refused({ tenantId: options.tenant, importId, raw: options.raw });
          if (path === undefined) return pipeline(csv, process.stdout, { end: false });
          const file = await createExportFile(path, options.force ?? false);
          await pipeline(csv, file.stream).catch(async (error: unknown) => {
            await file.discard();
            throw error;
          });
          await file.keep();
          output.result({ importId, path }, `The refused rows are in ${path}.`);
        },
      ),
    );

  command
    .command("cancel")
    .description("stop an import; what was imported stays")
    .argument("<import>", "its id")
    .requiredOption("-t, --tenant <tenant>", "whose")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, importId: string, options: TenantOption & { yes?: boolean }) => {
        if (!(await confirm(`Stop import ${importId}?`, options.yes)))
          return output.note("Nothing was changed.");
        await floe.imports.cancel({ tenantId: options.tenant, importId });
        output.result({ importId, cancelling: true }, `Import ${importId} stops.`);
      }),
    );
  return command;
}
