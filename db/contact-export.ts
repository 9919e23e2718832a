import type pg from "pg";
import { importFields } from "../domain/import-columns.js";
import { copyCsv, inline, toLiteral, type CsvColumn, type CsvCopy, type CsvSelection } from "./csv-copy.js";
import { findListId } from "./lists.js";
import { requireTenant } from "./require-tenant.js";
import { compileSegmentFilter } from "./segment-sql.js";
import { loadSegment } from "./segments.js";

export interface ContactSelection {
  tenantId: string;
  /** Id or name: only its members. */
  list?: string;
  /** Id or name: only contacts that match it now. */
  segment?: string;
}

export interface ContactExportQuery extends ContactSelection {
  /**
   * False, the default: a value that a spreadsheet would run as a formula gets an apostrophe before it. True: values as they
   * are, for programs, and for importing them again.
   */
  raw?: boolean;
}

/** `columns` are in the words of an import's mapping: `email`, `first_name`, …, `attributes.<name>`. */
export type ContactExport = CsvCopy;

export interface ContactExporter {
  /** Contacts by contact id, one column for each attribute that any of them has. @throws NotFound (tenant, list, segment) */
  exportContacts(query: ContactExportQuery): Promise<ContactExport>;
}

export function createContactExporter(pool: pg.Pool): ContactExporter {
  return {
    exportContacts: ({ raw = false, ...selection }) =>
      copyCsv(pool, (client) => selectContacts(client, selection), { raw }),
  };
}

/** Inside one snapshot: no contact can bring an attribute for which there is no column. */
export async function selectContacts(
  client: pg.ClientBase,
  selection: ContactSelection,
): Promise<CsvSelection> {
  await requireTenant(client, selection.tenantId);
  const chosen = await choose(client, selection);
  const attributes = await attributeNames(client, chosen.from);
  const text = (name: string, sql: string): CsvColumn => ({ name, sql, isText: true });
  return {
    ...chosen,
    columns: [
      ...importFields.map((field) => text(field, `c.${field}`)),
      ...attributes.map((name) => text(`attributes.${name}`, `c.attributes ->> ${toLiteral(name)}`)),
    ],
  };
}

async function choose(
  client: pg.ClientBase,
  { tenantId, list, segment }: ContactSelection,
): Promise<Pick<CsvSelection, "from" | "orderBy">> {
  const listId = list === undefined ? null : await findListId(client, tenantId, list);
  const filter = segment === undefined ? { all: [] } : (await loadSegment(client, tenantId, segment)).filter;
  const matches = compileSegmentFilter(filter, 1, "c");
  const where = `c.tenant_id = ${toLiteral(tenantId)} and ${inline(matches.sql, matches.params)}`;
  if (listId === null) return { from: `from contacts c where ${where}`, orderBy: "c.contact_id" };
  const member = `m.list_id = ${toLiteral(listId)} and m.contact_id = c.contact_id`;
  return {
    from: `from list_contacts m join contacts c on ${member} where ${where}`,
    orderBy: "m.contact_id",
  };
}

async function attributeNames(client: pg.ClientBase, from: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name collate "C" as name
     from (select distinct jsonb_object_keys(c.attributes) as name ${from}) names
     order by 1`,
  );
  return rows.map(({ name }) => name);
}
