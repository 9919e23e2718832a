import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { NotFound } from "../domain/errors.js";
import type { Queryable } from "./pool.js";
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
  /** By name. */
  listLists(tenantId: string): Promise<List[]>;
}

export function createListStore(pool: pg.Pool): ListStore {
  return {
    createList: (list) => createList(pool, list),
    loadList: (tenantId, list) => loadList(pool, tenantId, list),
    listLists: (tenantId) => listLists(pool, tenantId),
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

async function listLists(pool: pg.Pool, tenantId: string): Promise<List[]> {
  const { rows } = await pool.query<List>(`select ${columns} from lists where tenant_id = $1 order by name`, [
    tenantId,
  ]);
  return rows;
}
