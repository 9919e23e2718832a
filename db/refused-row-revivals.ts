import { parse } from "csv-parse/sync";
import type pg from "pg";
import { mergeContacts, type ContactRow } from "../domain/contact.js";
import { columnsOf, type ImportMapping } from "../domain/import-columns.js";
import { parseImportRow, type ImportRow } from "../domain/import-row.js";
import { stageContacts } from "./contact-staging.js";
import { upsertStagedContacts } from "./contacts.js";

interface RefusedRow {
  id: string;
  importId: string;
  listId: string | null;
  mapping: ImportMapping;
  delimiter: string | null;
  /** Null, with what follows: the import's refusals have been removed. */
  raw: string | null;
  field: string | null;
  reason: string | null;
  payload: Record<string, string> | null;
}

/** Refused rows are kept up to here: one of this length may be cut, and is not imported as it is. */
const keptLength = 1_000;

/**
 * Imports refused rows again, as a person edited them or as they are. One that is no good still comes back as a new letter;
 * what the import itself reports stays what its file held.
 * @returns the letters whose rows were tried
 */
export async function reviveRefusedRows(
  client: pg.PoolClient,
  tenantId: string,
  ids: string[],
): Promise<string[]> {
  const { rows } = await client.query<RefusedRow>(
    `select d.dead_letter_id as id, i.import_id as "importId", i.list_id as "listId", i.mapping, i.delimiter,
       r.raw, r.field, r.reason, d.payload
     from dead_letters d
     join lead_imports i on i.import_id = d.import_id and i.tenant_id = d.tenant_id
     left join lead_import_refusals r on r.import_id = d.import_id and r.line = d.import_line
     where d.tenant_id = $1 and d.dead_letter_id = any ($2::bigint[]) and d.kind = 'import.row'
       and d.resolved_at is null
     order by d.dead_letter_id for update of d`,
    [tenantId, ids],
  );
  const tried = rows.flatMap((row) => {
    const result = tryRow(row);
    return result === null ? [] : [{ ...row, result }];
  });
  await importContacts(client, tenantId, tried);
  await resolveRows(client, tenantId, tried);
  return tried.map(({ id }) => id);
}

type TriedRow = RefusedRow & { result: ImportRow };

/** Null: there is nothing that could be tried. */
function tryRow({ payload, raw, field, reason, mapping, delimiter }: RefusedRow): ImportRow | null {
  if (payload !== null) return parseImportRow(Object.values(payload), Object.keys(payload));
  if (raw === null || reason === null || [...raw].length >= keptLength) return null;
  // The row as a whole was no good: which of its values belongs where is a guess.
  if (field === null) return { kind: "refused", field, reason };
  try {
    const [values = []]: string[][] = parse(raw, { delimiter: delimiter ?? ",", relax_column_count: true });
    return parseImportRow(values, columnsOf(mapping, values.length).fields);
  } catch (error) {
    return { kind: "refused", field: null, reason: error instanceof Error ? error.message : "is malformed" };
  }
}

/** Import by import, because each may fill a list of its own. */
async function importContacts(client: pg.PoolClient, tenantId: string, tried: TriedRow[]): Promise<void> {
  const byList = new Map<string | null, ContactRow[]>();
  for (const { listId, result } of tried) {
    if (result.kind !== "contact" || result.contact.email === "") continue;
    const contacts = byList.get(listId);
    if (contacts) contacts.push(result.contact);
    else byList.set(listId, [result.contact]);
  }
  for (const [listId, contacts] of byList) {
    const rows = await stageContacts(client, mergeContacts(contacts));
    await upsertStagedContacts(client, { tenantId, listId, rows });
    await client.query("truncate staged_contacts");
  }
}

async function resolveRows(client: pg.PoolClient, tenantId: string, tried: TriedRow[]): Promise<void> {
  await client.query(
    `update dead_letters set resolved_at = now(), resolution = 'retried'
     where tenant_id = $1 and dead_letter_id = any ($2::bigint[]) and resolved_at is null`,
    [tenantId, tried.map(({ id }) => id)],
  );
  const again = tried.flatMap(({ id, result }) => {
    if (result.kind === "contact")
      return result.contact.email === "" ? [{ id, reason: "email: is missing" }] : [];
    return [{ id, reason: `${result.field === null ? "" : `${result.field}: `}${result.reason}` }];
  });
  if (again.length === 0) return;
  await client.query(
    `insert into dead_letters (tenant_id, kind, import_id, import_line, reason, attempts, payload, replay_of)
     select d.tenant_id, d.kind, d.import_id, d.import_line, a.reason, d.attempts + 1, d.payload, d.dead_letter_id
     from unnest($2::bigint[], $3::text[]) as a (id, reason)
     join dead_letters d on d.dead_letter_id = a.id and d.tenant_id = $1
     order by d.dead_letter_id`,
    [tenantId, again.map(({ id }) => id), again.map(({ reason }) => reason)],
  );
}
