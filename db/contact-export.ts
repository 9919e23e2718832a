import { Readable } from "node:stream";
import pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import { importFields } from "../domain/import-columns.js";
import { findListId } from "./lists.js";
import { requireTenant } from "./require-tenant.js";
import { compileSegmentFilter } from "./segment-sql.js";
import { loadSegment } from "./segments.js";

export interface ContactExportQuery {
  tenantId: string;
  /** Id or name: only its members. */
  list?: string;
  /** Id or name: only contacts that match it now. */
  segment?: string;
  /**
   * False, the default: a value that a spreadsheet would run as a formula gets an apostrophe before it. True: values as they
   * are, for programs, and for importing them again.
   */
  raw?: boolean;
}

export interface ContactExport {
  /** What each column holds, in the words of an import's mapping: `email`, `first_name`, …, `attributes.<name>`. */
  columns: string[];
  /** The file in UTF-8, header first, as of one moment; a connection is held until it is read to its end or destroyed. */
  csv: Readable;
  /** Contacts in `csv`, known when it has ended. */
  rows: () => number;
}

export interface ContactExporter {
  /** Contacts by contact id, one column for each attribute that any of them has. @throws NotFound (tenant, list, segment) */
  exportContacts(query: ContactExportQuery): Promise<ContactExport>;
}

export function createContactExporter(pool: pg.Pool): ContactExporter {
  return { exportContacts: (query) => exportContacts(pool, query) };
}

async function exportContacts(pool: pg.Pool, query: ContactExportQuery): Promise<ContactExport> {
  const client = await pool.connect();
  // A connection that breaks says so twice: the query fails, and an 'error' event ends the process if nobody listens.
  client.on("error", ignore);
  const release = (broken: boolean): void => {
    client.release(broken);
    client.off("error", ignore);
  };
  try {
    // One snapshot: no contact can bring an attribute for which there is no column.
    await client.query("begin isolation level repeatable read read only");
    await requireTenant(client, query.tenantId);
    const chosen = await selection(client, query);
    const attributes = await attributeNames(client, chosen);
    const columns = [...importFields, ...attributes.map((name) => `attributes.${name}`)];
    const values = [...importFields.map((field) => `c.${field}`), ...attributes.map(attributeValue)];
    const select = `select ${values.map(query.raw ? asIs : neutral).join(", ")} ${chosen.from} order by ${chosen.key}`;
    const written = { rows: 0, ended: false };
    const csv = Readable.from(copyOut({ client, select, columns, written }), { objectMode: false });
    // Also when nobody ever read from it. In the middle of a COPY a connection is of no further use.
    csv.once("close", () => release(!written.ended));
    return { columns, csv, rows: () => written.rows };
  } catch (error) {
    release(true);
    throw error;
  }
}

interface CopyOut {
  client: pg.ClientBase;
  select: string;
  columns: readonly string[];
  /** Filled in when the last row is out. */
  written: { rows: number; ended: boolean };
}

async function* copyOut({ client, select, columns, written }: CopyOut): AsyncGenerator<Buffer> {
  // Not COPY's own header: Postgres cuts a column's name at 63 bytes. No name holds a comma or a quote.
  yield Buffer.from(`${columns.join(",")}\n`);
  const copy = client.query(copyTo(`copy (${select}) to stdout (format csv)`));
  copy.on("error", ignore);
  for await (const bytes of copy) yield bytes as Buffer;
  await client.query("commit");
  written.rows = copy.rowCount;
  written.ended = true;
}

/** SQL of the contacts to export, as text alone: COPY takes no parameters. */
interface Selection {
  from: string;
  /** What they are ordered by. */
  key: string;
}

async function selection(client: pg.ClientBase, query: ContactExportQuery): Promise<Selection> {
  const { tenantId, list, segment } = query;
  const listId = list === undefined ? null : await findListId(client, tenantId, list);
  const filter = segment === undefined ? { all: [] } : (await loadSegment(client, tenantId, segment)).filter;
  const matches = compileSegmentFilter(filter, 1, "c");
  const where = `c.tenant_id = ${toLiteral(tenantId)} and ${inline(matches.sql, matches.params)}`;
  if (listId === null) return { from: `from contacts c where ${where}`, key: "c.contact_id" };
  const member = `m.list_id = ${toLiteral(listId)} and m.contact_id = c.contact_id`;
  return { from: `from list_contacts m join contacts c on ${member} where ${where}`, key: "m.contact_id" };
}

/** Puts the values of `$1`, `$2`, … into the text, each quoted. */
function inline(sql: string, params: readonly unknown[]): string {
  return sql.replace(/\$(\d+)/g, (_, number: string) => toLiteral(params[Number(number) - 1]));
}

function toLiteral(value: unknown): string {
  return Array.isArray(value) ? `array[${value.map(toLiteral).join(", ")}]` : pg.escapeLiteral(String(value));
}

async function attributeNames(client: pg.ClientBase, { from }: Selection): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name collate "C" as name
     from (select distinct jsonb_object_keys(c.attributes) as name ${from}) names
     order by 1`,
  );
  return rows.map(({ name }) => name);
}

function attributeValue(name: string): string {
  return `c.attributes ->> ${toLiteral(name)}`;
}

function asIs(value: string): string {
  return value;
}

/** What begins a formula, also in full width: https://owasp.org/www-community/attacks/CSV_Injection */
const formulaStarts = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"];

function neutral(value: string): string {
  const starts = formulaStarts.map(toLiteral).join(", ");
  return `case when left(${value}, 1) in (${starts}) then '''' || (${value}) else ${value} end`;
}

function ignore(): void {
  // Whoever reads the stream or awaits the query learns of it there.
}
