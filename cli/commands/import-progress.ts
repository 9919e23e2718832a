import type { Import, ImportHandle } from "../../client/imports.js";
import { exitCodes } from "../exit-codes.js";
import type { Output } from "../output.js";
import { watch } from "../watch.js";

/** @returns the ended import, or undefined when the person stopped watching. */
export function watchImport(
  { importId, tenantId, progress }: Pick<ImportHandle, "importId" | "tenantId" | "progress">,
  output: Output,
): Promise<Import | undefined> {
  return watch({
    output,
    poll: progress,
    view: (row) => ({
      done: row.processedBytes,
      total: row.totalBytes ?? undefined,
      text: `bytes │ ${row.rowsImported} imported, ${row.rowsRefused} refused`,
      finished: row.finishedAt !== null,
    }),
    goesOn: `The import goes on: floe imports show ${importId} --tenant ${tenantId}`,
  });
}

/** Prints how an import stands; a failed one makes the command fail. */
export function showImport(row: Import, output: Output): void {
  if (row.status === "failed") process.exitCode = exitCodes.failed;
  output.fields(row, [
    ["Import", row.importId],
    ["Status", row.status],
    ...(row.error === null ? [] : ([["Reason", row.error]] satisfies [string, string][])),
    ...(row.encoding === null ? [] : ([["Encoding", row.encoding]] satisfies [string, string][])),
    ...(row.packing === null || row.packing === "none"
      ? []
      : ([["Packed", row.packing]] satisfies [string, string][])),
    ["Rows read", row.rowsRead],
    ["Imported", row.rowsImported],
    ["of these new", row.rowsCreated],
    ["Refused", row.rowsRefused],
    ["Finished", row.finishedAt],
  ]);
  if (row.rowsRefused > 0) {
    output.note(
      `Which rows were refused, and why: floe imports refusals ${row.importId} --tenant ${row.tenantId}`,
    );
    output.note(
      `As a file to mend: floe imports refused ${row.importId} refused.csv --tenant ${row.tenantId}`,
    );
  }
}
