import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { Conflict, NotFound } from "../domain/errors.js";
import { unlessTaken } from "./constraints.js";
import { addMembers, removeMembers } from "./list-members.js";
import type { NamePage } from "./name-page.js";
import { transaction, type Queryable } from "./pool.js";
import { requireTenant } from "./require-tenant.js";

export interface List {
  listId: string;
  tenantId: string;
  name: string;
  contactCount: number;
  createdAt: Date;
}

export interface ListStore {
  /** Safe to repeat: an existing list of that name is returned as it is. @throws NotFound (tenant) */
  createList(list: { tenantId: string; name: string }): Promise<List & { created: boolean }>;
  /** @param list id or name. @throws NotFound */
  loadList(tenantId: string, list: string): Promise<List>;
  /** By name; without a page all. */
  listLists(tenantId: string, page?: NamePage): Promise<List[]>;
  /** @throws NotFound, Conflict when the name is taken */
  renameList(tenantId: string, list: string, name: string): Promise<List>;
  /** Not its contacts. @throws NotFound, Conflict while something refers to it */
  removeList(tenantId: string, list: string): Promise<void>;
  /** @returns how many it did not hold before; ids that are not the tenant's are passed over. @throws NotFound */
  addMembers(tenantId: string, list: string, contactIds: readonly string[]): Promise<number>;
  /** @returns how many it held. @throws NotFound */
  removeMembers(tenantId: string, list: string, contactIds: readonly string[]): Promise<number>;
}

export function createListStore(pool: pg.Pool): ListStore {
  return {
    createList: (list) => createList(pool, list),
    loadList: (tenantId, list) => loadList(pool, tenantId, list),
    listLists: (tenantId, page) => listLists(pool, tenantId, page),
    renameList: (tenantId, list, name) => renameList(pool, { tenantId, list, name }),
    removeList: (tenantId, list) => removeList(pool, tenantId, list),
    addMembers: (tenantId, list, contactIds) =>
      transaction(pool, async (client) =>
        addMembers(client, { tenantId, listId: await findListId(client, tenantId, list), contactIds }),
      ),
    removeMembers: (tenantId, list, contactIds) =>
      transaction(pool, async (client) =>
        removeMembers(client, { tenantId, listId: await findListId(client, tenantId, list), contactIds }),
      ),
  };
}

/** @param list id or name; an id goes first. @throws NotFound */
export async function findListId(db: Queryable, tenantId: string, list: string): Promise<string> {
  return (await loadList(db, tenantId, list)).listId;
}

const columns = `list_id as "listId", tenant_id as "tenantId", name, contact_count::float8 as "contactCount",
  created_at as "createdAt"`;

async function createList(
  pool: pg.Pool,
  list: { tenantId: string; name: string },
): Promise<List & { created: boolean }> {
  await requireTenant(pool, list.tenantId);
  const { rowCount } = await pool.query(
    "insert into lists (list_id, tenant_id, name) values ($1, $2, $3) on conflict (tenant_id, name) do nothing",
    [uuidv7(), list.tenantId, list.name],
  );
  return { ...(await loadList(pool, list.tenantId, list.name)), created: rowCount === 1 };
}

async function loadList(db: Queryable, tenantId: string, list: string): Promise<List> {
  const { rows } = await db.query<List>(
    `select ${columns} from lists
     where tenant_id = $1 and (list_id::text = lower($2) or name = $2)
     order by list_id::text = lower($2) desc
     limit 1`,
    [tenantId, list],
  );
  if (!rows[0]) throw new NotFound("list", list);
  return rows[0];
}

async function listLists(pool: pg.Pool, tenantId: string, { after, limit }: NamePage = {}): Promise<List[]> {
  const { rows } = await pool.query<List>(
    `select ${columns} from lists
     where tenant_id = $1 and ($2::text is null or name > $2) order by name limit $3`,
    [tenantId, after ?? null, limit ?? null],
  );
  return rows;
}

async function renameList(
  pool: pg.Pool,
  { tenantId, list, name }: { tenantId: string; list: string; name: string },
): Promise<List> {
  const listId = await findListId(pool, tenantId, list);
  await unlessTaken(`The name ${JSON.stringify(name)}`, () =>
    pool.query("update lists set name = $3 where tenant_id = $1 and list_id = $2", [tenantId, listId, name]),
  );
  return loadList(pool, tenantId, listId);
}

async function removeList(pool: pg.Pool, tenantId: string, list: string): Promise<void> {
  await transaction(pool, async (client) => {
    const { listId, name } = await loadList(client, tenantId, list);
    // Nothing can begin to refer to it between the look and the deletion.
    await client.query("select from lists where tenant_id = $1 and list_id = $2 for update", [
      tenantId,
      listId,
    ]);
    const users = await listUsers(client, tenantId, listId);
    if (users.length > 0)
      throw new Conflict(`The list ${JSON.stringify(name)} is used by ${users.join(", ")}.`, {
        listId,
        users,
      });
    // What an import that has ended came to is known without its list.
    await client.query("update lead_imports set list_id = null where tenant_id = $1 and list_id = $2", [
      tenantId,
      listId,
    ]);
    await client.query("delete from lists where tenant_id = $1 and list_id = $2", [tenantId, listId]);
  });
}

const usersShown = 5;

/** What would lose its audience with the list, a few of each kind. */
async function listUsers(db: Queryable, tenantId: string, listId: string): Promise<string[]> {
  const { rows } = await db.query<{ used: string }>(
    `(select 'campaign ' || campaign_id as used from campaigns where tenant_id = $1 and list_id = $2 limit $3)
     union all
     (select 'sequence ' || campaign_id from sequence_audiences where tenant_id = $1 and list_id = $2 limit $3)
     union all
     (select 'import ' || import_id from lead_imports
      where tenant_id = $1 and list_id = $2 and status in ('pending', 'processing') limit $3)
     union all
     (select 'sequence ' || campaign_id from sequences
      where tenant_id = $1 and jsonb_path_exists(rules, '$.**.list ? (@ == $id)', jsonb_build_object('id', $2::text))
      limit $3)
     union all
     (select 'segment ' || name from segments
      where tenant_id = $1 and jsonb_path_exists(filter, '$.**.list ? (@ == $id)', jsonb_build_object('id', $2::text))
      limit $3)`,
    [tenantId, listId, usersShown],
  );
  return rows.map(({ used }) => used);
}
