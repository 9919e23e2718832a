/**
 * What commands print: results to stdout, everything said on the way to stderr, so that `floe … | jq` and `floe … > file`
 * get the result alone.
 */
export interface Output {
  /** True when the caller asked for JSON. */
  json: boolean;
  /** Prints a result: as it is in JSON, else the sentence. */
  result(value: unknown, text: string): void;
  /** Prints rows as a table, or as a JSON array; `empty` is said when there are none. */
  rows<Row>(rows: Row[], columns: Column<Row>[], empty: string): void;
  /** Prints fields of one thing below one another. */
  fields(value: unknown, fields: [label: string, value: Cell][]): void;
  /** Says something on the way; silent in JSON. */
  note(text: string): void;
}

export type Cell = string | number | boolean | Date | null | undefined;

export interface Column<Row> {
  title: string;
  value: (row: Row) => Cell;
  align?: "right";
}

export function createOutput(json: boolean, out: NodeJS.WritableStream, err: NodeJS.WritableStream): Output {
  const print = (text: string): void => void out.write(`${text}\n`);
  const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));
  return {
    json,
    result: (value, text) => (json ? printJson(value) : print(text)),
    rows: (rows, columns, empty) => {
      if (json) printJson(rows);
      else print(rows.length === 0 ? empty : table(rows, columns));
    },
    fields: (value, fields) => {
      if (json) return printJson(value);
      const width = Math.max(...fields.map(([label]) => label.length));
      for (const [label, cell] of fields) print(`${label.padEnd(width)}  ${showCell(cell, longestField)}`);
    },
    note: (text) => {
      if (!json) err.write(`${text}\n`);
    },
  };
}

function table<Row>(rows: Row[], columns: Column<Row>[]): string {
  const cells = rows.map((row) => columns.map((column) => showCell(column.value(row))));
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...cells.map((row) => (row[i] ?? "").length)),
  );
  const line = (parts: string[]): string =>
    parts
      .map((part, i) =>
        columns[i]?.align === "right" ? part.padStart(widths[i] ?? 0) : part.padEnd(widths[i] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...cells.map(line)].join("\n");
}

const longestCell = 60;
/** A field has its lines to itself. */
const longestField = 500;

/** One line a cell: names come from imports and may hold anything, terminal control sequences included. */
export function showCell(cell: Cell, longest = longestCell): string {
  if (cell === null || cell === undefined || cell === "") return "–";
  if (cell instanceof Date) return cell.toISOString().replace("T", " ").slice(0, 19);
  if (typeof cell === "number") return cell.toLocaleString("en-US");
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  // eslint-disable-next-line no-control-regex -- control characters are what must not reach the terminal
  const line = cell.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
