import type pg from "pg";

export interface Members {
  tenantId: string;
  listId: string;
  contactIds: readonly string[];
}

/** Adds the tenant's contacts among these; inside a transaction. @returns how many the list did not hold before */
export async function addMembers(
  client: pg.ClientBase,
  { tenantId, listId, contactIds }: Members,
): Promise<number> {
  const { rowCount } = await client.query(
    `insert into list_contacts (list_id, contact_id)
     select $2::uuid, c.contact_id from contacts c where c.tenant_id = $1 and c.contact_id = any ($3::bigint[])
     on conflict do nothing`,
    [tenantId, listId, contactIds],
  );
  const added = rowCount ?? 0;
  await count(client, { tenantId, listId }, added);
  return added;
}

/** Inside a transaction. @returns how many the list held */
export async function removeMembers(
  client: pg.ClientBase,
  { tenantId, listId, contactIds }: Members,
): Promise<number> {
  const { rowCount } = await client.query(
    `delete from list_contacts m using lists l
     where l.list_id = m.list_id and l.tenant_id = $1 and m.list_id = $2 and m.contact_id = any ($3::bigint[])`,
    [tenantId, listId, contactIds],
  );
  const removed = rowCount ?? 0;
  await count(client, { tenantId, listId }, -removed);
  return removed;
}

async function count(
  client: pg.ClientBase,
  { tenantId, listId }: Omit<Members, "contactIds">,
  more: number,
): Promise<void> {
  await client.query(
    "update lists set contact_count = contact_count + $3 where tenant_id = $1 and list_id = $2",
    [tenantId, listId, more],
  );
}
