import { Readable } from "node:stream";
import { parse } from "csv-parse/sync";
import type { Import, ImportRows } from "../db/imports.js";
import { formatCsvRow } from "../domain/csv-row.js";

const rowsAtOnce = 1_000;

/** `line,field,reason` and the columns of the file; the row as a whole where it cannot be split. */
export function refusedRowsCsv(rows: Pick<ImportRows, "listRefusals">, row: Import, raw: boolean): Readable {
  return Readable.from(lines(rows, row, raw), { objectMode: false });
}

async function* lines(
  rows: Pick<ImportRows, "listRefusals">,
  { tenantId, importId, header, delimiter }: Import,
  isRaw: boolean,
): AsyncGenerator<Buffer> {
  yield Buffer.from(formatCsvRow(["line", "field", "reason", ...(header ?? ["row"])], { raw: isRaw }));
  for (let after = 0; ;) {
    const page = await rows.listRefusals(tenantId, importId, { after, limit: rowsAtOnce });
    const text = page.map(({ line, field, reason, raw }) =>
      formatCsvRow([String(line), field ?? "", reason, ...split(raw, delimiter ?? ",")], { raw: isRaw }),
    );
    yield Buffer.from(text.join(""));
    if (page.length < rowsAtOnce) return;
    after = page.at(-1)?.line ?? after;
  }
}

function split(raw: string, delimiter: string): string[] {
  try {
    const [values]: string[][] = parse(raw, { delimiter, relax_column_count: true });
    return values ?? [raw];
  } catch {
    return [raw];
  }
}
