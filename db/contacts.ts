import type pg from "pg";
import type { Attributes } from "../domain/attributes.js";
import { mergeContacts, type ContactRow } from "../domain/contact.js";
import { NotFound } from "../domain/errors.js";
import type { SegmentFilter } from "../domain/segment-filter.js";
import { fillPage, WalkedPage } from "../domain/walked-page.js";
import { updateContact, type ContactEdit } from "./contact-edits.js";
import { stageContacts } from "./contact-staging.js";
import { walkByAddress } from "./contacts-by-address.js";
import { findListId } from "./lists.js";
import { transaction } from "./pool.js";
import { requireTenant } from "./require-tenant.js";
import { compileSegmentFilter } from "./segment-sql.js";
import { loadSegment } from "./segments.js";

export interface Contact {
  contactId: string;
  tenantId: string;
  email: string;
  domain: string;
  firstName: string | null;
  lastName: string | null;
  name: string | null;
  timeZone: string | null;
  attributes: Attributes;
  createdAt: Date;
  updatedAt: Date;
}

export interface UpsertCounts {
  created: number;
  updated: number;
  /** Contacts that the list did not hold before. */
  added: number;
}

export interface ContactQuery {
  tenantId: string;
  /** Id or name: only its members. */
  list?: string | undefined;
  /** Id or name: only contacts that match it now. */
  segment?: string | undefined;
  /** Only contacts whose addresses begin so, in small letters; they come by address. */
  emailPrefix?: string | undefined;
  /** Only contacts that match. Checked by `parseSegmentFilter`. */
  filter?: SegmentFilter;
  /** Contact id of the last row of the page before. */
  after?: string | undefined;
  limit: number;
}

export interface ContactStore {
  /**
   * Creates or updates contacts, and adds them to a list (id or name) when one is given; all or nothing. Of rows with
   * the same address the last wins, field by field.
   * @throws NotFound (tenant, list)
   */
  upsertContacts(tenantId: string, rows: readonly ContactRow[], list?: string): Promise<UpsertCounts>;
  /** By contact id, or by address where its beginning is asked for. @throws NotFound (list, segment) */
  listContacts(query: ContactQuery): Promise<Contact[]>;
  /** The same, of the next `contactsWalked` contacts. */
  walkContacts(query: ContactQuery): Promise<WalkedPage<Contact>>;
  /** @param contact contact id or address. @throws NotFound */
  loadContact(tenantId: string, contact: string): Promise<Contact>;
  /** @param contact contact id or address. @throws NotFound, Conflict when the new address is another contact's */
  updateContact(tenantId: string, contact: string, change: ContactEdit): Promise<Contact>;
  /** Removes the contact from every list too; what was sent to it stays in the ledger. @throws NotFound */
  removeContact(tenantId: string, contactId: string): Promise<void>;
}

export function createContactStore(pool: pg.Pool): ContactStore {
  return {
    upsertContacts: (tenantId, rows, list) =>
      transaction(pool, async (client) => {
        await requireTenant(client, tenantId);
        const listId = list === undefined ? null : await findListId(client, tenantId, list);
        const staged = await stageContacts(client, mergeContacts(rows));
        return upsertStagedContacts(client, { tenantId, listId, rows: staged });
      }),
    listContacts: (query) => fillPage(query, (page) => walkContacts(pool, page)),
    walkContacts: (query) => walkContacts(pool, query),
    loadContact: (tenantId, contact) => loadContact(pool, tenantId, contact),
    updateContact: async (tenantId, contact, change) => {
      const { contactId } = await loadContact(pool, tenantId, contact);
      await updateContact(pool, { tenantId, contactId }, change);
      return loadContact(pool, tenantId, contactId);
    },
    removeContact: (tenantId, contactId) => removeContact(pool, tenantId, contactId),
  };
}

/** Writes what `stageContacts` brought, inside the same transaction; `rows` came from `mergeContacts`. */
export async function upsertStagedContacts(
  client: pg.ClientBase,
  { tenantId, listId, rows }: { tenantId: string; listId: string | null; rows: number },
): Promise<UpsertCounts> {
  const created = await upsertStaged(client, tenantId);
  const added = listId === null ? 0 : await addStagedToList(client, tenantId, listId);
  return { created, updated: rows - created, added };
}

/** @returns how many were created. */
async function upsertStaged(client: pg.ClientBase, tenantId: string): Promise<number> {
  const { rows } = await client.query<{ created: number }>({
    name: "upsert-contacts",
    // A contact that stays as it is, is not written: a file that is imported again costs a third. A row that this
    // statement created has no xmax; one that it updated carries its lock there.
    text: `with saved as (
         insert into contacts (tenant_id, email, domain, first_name, last_name, name, time_zone, attributes)
         select $1, email, domain, first_name, last_name, name, time_zone, attributes from staged_contacts
         on conflict (tenant_id, email) do update set
           first_name = coalesce(excluded.first_name, contacts.first_name),
           last_name = coalesce(excluded.last_name, contacts.last_name),
           name = coalesce(excluded.name, contacts.name),
           time_zone = coalesce(excluded.time_zone, contacts.time_zone),
           attributes = contacts.attributes || excluded.attributes,
           updated_at = now()
         where coalesce(excluded.first_name, contacts.first_name) is distinct from contacts.first_name
           or coalesce(excluded.last_name, contacts.last_name) is distinct from contacts.last_name
           or coalesce(excluded.name, contacts.name) is distinct from contacts.name
           or coalesce(excluded.time_zone, contacts.time_zone) is distinct from contacts.time_zone
           or contacts.attributes || excluded.attributes <> contacts.attributes
         returning xmax = 0 as created
       )
       select count(*) filter (where created)::int as created from saved`,
    values: [tenantId],
  });
  return rows[0]?.created ?? 0;
}

/** @returns how many the list did not hold before. */
async function addStagedToList(client: pg.ClientBase, tenantId: string, listId: string): Promise<number> {
  const { rows } = await client.query<{ added: number }>({
    name: "add-staged-to-list",
    // A statement of its own: it sees every contact that the one before wrote or found. The subquery is a probe of the
    // index for each row, where a join might read all contacts.
    text: `with added as (
         insert into list_contacts (list_id, contact_id)
         select $2::uuid, (select contact_id from contacts where tenant_id = $1 and email = s.email)
         from staged_contacts s
         on conflict do nothing
         returning contact_id
       ), counted as (
         update lists set contact_count = contact_count + (select count(*) from added)
         where list_id = $2::uuid and tenant_id = $1
       )
       select count(*)::int as added from added`,
    values: [tenantId, listId],
  });
  return rows[0]?.added ?? 0;
}

const columns = `c.contact_id as "contactId", c.tenant_id as "tenantId", c.email, c.domain, c.first_name as "firstName",
  c.last_name as "lastName", c.name, c.time_zone as "timeZone", c.attributes, c.created_at as "createdAt",
  c.updated_at as "updatedAt"`;

/** Of a tenant, or of a list: no index knows which of them match a segment. 20,000 take 20 to 40 ms. */
const contactsWalked = 20_000;

async function walkContacts(pool: pg.Pool, query: ContactQuery): Promise<WalkedPage<Contact>> {
  const { tenantId, after = "0", limit, list } = query;
  const listId = list === undefined ? null : await findListId(pool, tenantId, list);
  const filters = [...(query.filter ? [query.filter] : []), ...(await filterOf(pool, query))];
  if (query.emailPrefix !== undefined)
    return walkByAddress<Contact>(
      pool,
      { ...query, prefix: query.emailPrefix, listId, filters },
      { columns, walked: contactsWalked },
    );
  const walkTo = filters.length === 0 ? null : await findWalkEnd(pool, { tenantId, listId, after });
  // A list is walked by its own key: probing it for every contact of the tenant would read all of them.
  const member =
    listId === null ? "" : "join list_contacts m on m.list_id = $5 and m.contact_id = c.contact_id";
  const key = listId === null ? "c.contact_id" : "m.contact_id";
  const params = [tenantId, after, limit, walkTo, ...(listId === null ? [] : [listId])];
  const filter = compileSegmentFilter({ all: filters }, params.length + 1, "c");
  const { rows } = await pool.query<Contact>(
    `select ${columns}
     from contacts c ${member}
     where c.tenant_id = $1 and ${key} > $2 and ($4::bigint is null or ${key} <= $4) and ${filter.sql}
     order by ${key}
     limit $3`,
    [...params, ...filter.params],
  );
  return new WalkedPage(rows, rows.length < limit ? walkTo : (rows.at(-1)?.contactId ?? null));
}

/** The last contact of those that are looked at; null: all that are left. */
async function findWalkEnd(
  pool: pg.Pool,
  { tenantId, listId, after }: { tenantId: string; listId: string | null; after: string },
): Promise<string | null> {
  const [from, of] =
    listId === null
      ? ["contacts where tenant_id = $1", tenantId]
      : ["list_contacts where list_id = $1", listId];
  const { rows } = await pool.query<{ contactId: string }>(
    `select contact_id as "contactId" from ${from} and contact_id > $2
     order by contact_id offset ${contactsWalked - 1} limit 1`,
    [of, after],
  );
  return rows[0]?.contactId ?? null;
}

async function filterOf(pool: pg.Pool, { tenantId, segment }: ContactQuery): Promise<SegmentFilter[]> {
  return segment === undefined ? [] : [(await loadSegment(pool, tenantId, segment)).filter];
}

async function loadContact(pool: pg.Pool, tenantId: string, contact: string): Promise<Contact> {
  const key = /^[0-9]{1,18}$/.test(contact) ? "c.contact_id = $2::bigint" : "c.email = lower($2)";
  const { rows } = await pool.query<Contact>(
    `select ${columns} from contacts c where c.tenant_id = $1 and ${key}`,
    [tenantId, contact],
  );
  if (!rows[0]) throw new NotFound("contact", contact);
  return rows[0];
}

async function removeContact(pool: pg.Pool, tenantId: string, contactId: string): Promise<void> {
  await transaction(pool, async (client) => {
    // Locked first: no list can gain the contact between the count below and the cascade.
    const { rowCount } = await client.query(
      "select 1 from contacts where tenant_id = $1 and contact_id = $2 for update",
      [tenantId, contactId],
    );
    if (rowCount === 0) throw new NotFound("contact", contactId);
    await client.query(
      `update lists set contact_count = contact_count - 1
       where tenant_id = $1 and list_id in (select list_id from list_contacts where contact_id = $2)`,
      [tenantId, contactId],
    );
    await client.query("delete from contacts where tenant_id = $1 and contact_id = $2", [
      tenantId,
      contactId,
    ]);
  });
}
