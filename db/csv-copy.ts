import { Readable } from "node:stream";
import pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import { formulaStarts } from "../domain/csv-row.js";

/** One column of a file: its name in the header, and the SQL of its values. */
export interface CsvColumn {
  name: string;
  sql: string;
  /** True: values that people wrote, which a spreadsheet could run as formulas. */
  isText: boolean;
}

export function plain(name: string, sql: string): CsvColumn {
  return { name, sql, isText: false };
}

export function text(name: string, sql: string): CsvColumn {
  return { name, sql, isText: true };
}

/** ISO 8601 in UTC. */
export function time(name: string, sql: string): CsvColumn {
  return plain(name, `to_char(${sql} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
}

/** What to write: text alone, as COPY takes no parameters. */
export interface CsvSelection {
  columns: readonly CsvColumn[];
  /** `from … where …`, without the order. */
  from: string;
  orderBy: string;
}

export interface CsvCopy {
  columns: string[];
  /** UTF-8, header first, as of one moment; a connection is held until it is read to its end or destroyed. */
  csv: Readable;
  /** Rows without the header, known when `csv` has ended. */
  rows: () => number;
}

export interface CsvOptions {
  /** True: text stays as it is, for programs. False: what a spreadsheet would run gets an apostrophe before it. */
  raw: boolean;
}

/** @param select what to write, found in the transaction in which it is then read, so that both see the same rows */
export async function copyCsv(
  pool: pg.Pool,
  select: (client: pg.ClientBase) => Promise<CsvSelection>,
  { raw }: CsvOptions,
): Promise<CsvCopy> {
  const client = await pool.connect();
  // A connection that breaks says so twice: the query fails, and an 'error' event ends the process if nobody listens.
  client.on("error", ignore);
  const release = (broken: boolean): void => {
    client.release(broken);
    client.off("error", ignore);
  };
  try {
    await client.query("begin isolation level repeatable read read only");
    const { columns, from, orderBy } = await select(client);
    const values = columns.map(({ sql, isText }) => (isText && !raw ? neutral(sql) : sql));
    const names = columns.map(({ name }) => name);
    const written = { rows: 0, ended: false };
    const copy = { client, query: `select ${values.join(", ")} ${from} order by ${orderBy}`, names, written };
    const csv = Readable.from(copyOut(copy), { objectMode: false });
    // Also when nobody ever read from it. In the middle of a COPY a connection is of no further use.
    csv.once("close", () => release(!written.ended));
    return { columns: names, csv, rows: () => written.rows };
  } catch (error) {
    release(true);
    throw error;
  }
}

interface CopyOut {
  client: pg.ClientBase;
  query: string;
  names: readonly string[];
  /** Filled in when the last row is out. */
  written: { rows: number; ended: boolean };
}

async function* copyOut({ client, query, names, written }: CopyOut): AsyncGenerator<Buffer> {
  // Not COPY's own header: Postgres cuts a column's name at 63 bytes. No name holds a comma or a quote.
  yield Buffer.from(`${names.join(",")}\n`);
  const copy = client.query(copyTo(`copy (${query}) to stdout (format csv)`));
  copy.on("error", ignore);
  for await (const bytes of copy) yield bytes as Buffer;
  await client.query("commit");
  written.rows = copy.rowCount;
  written.ended = true;
}

/** Puts the values of `$1`, `$2`, … into the text, each quoted. */
export function inline(sql: string, params: readonly unknown[]): string {
  return sql.replace(/\$(\d+)/g, (_, number: string) => toLiteral(params[Number(number) - 1]));
}

export function toLiteral(value: unknown): string {
  if (Array.isArray(value)) return `array[${value.map(toLiteral).join(", ")}]`;
  const quoted = pg.escapeLiteral(String(value));
  return value === null ? "null" : quoted;
}

function neutral(value: string): string {
  const starts = formulaStarts.map(toLiteral).join(", ");
  return `case when left(${value}, 1) in (${starts}) then '''' || (${value}) else ${value} end`;
}

function ignore(): void {
  // Whoever reads the stream or awaits the query learns of it there.
}
