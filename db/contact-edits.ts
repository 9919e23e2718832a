import type pg from "pg";
import type { Attributes } from "../domain/attributes.js";
import { unlessTaken } from "./constraints.js";

/** What is undefined stays; null takes away, of attributes name by name. */
export interface ContactEdit {
  email?: string | undefined;
  firstName?: string | null | undefined;
  lastName?: string | null | undefined;
  name?: string | null | undefined;
  timeZone?: string | null | undefined;
  attributes?: Attributes | undefined;
}

/** @throws Conflict when the new address is another contact's */
export async function updateContact(
  pool: pg.Pool,
  { tenantId, contactId }: { tenantId: string; contactId: string },
  edit: ContactEdit,
): Promise<void> {
  const attributes = Object.entries(edit.attributes ?? {});
  const gone = attributes.filter(([, value]) => value === null).map(([name]) => name);
  const set = Object.fromEntries(attributes.filter(([, value]) => value !== null));
  const given = Object.entries(edit).filter(([, value]) => value !== undefined);
  await unlessTaken("The address", () =>
    pool.query(
      `update contacts set
         email = coalesce($4, email),
         domain = coalesce(split_part($4, '@', -1), domain),
         first_name = case when 'firstName' = any ($3) then $5 else first_name end,
         last_name = case when 'lastName' = any ($3) then $6 else last_name end,
         name = case when 'name' = any ($3) then $7 else name end,
         time_zone = case when 'timeZone' = any ($3) then $8 else time_zone end,
         attributes = (attributes || $9::jsonb) - $10::text[],
         updated_at = now()
       where tenant_id = $1 and contact_id = $2`,
      [
        ...[tenantId, contactId, given.map(([name]) => name), edit.email ?? null],
        ...[edit.firstName ?? null, edit.lastName ?? null, edit.name ?? null, edit.timeZone ?? null],
        ...[JSON.stringify(set), gone],
      ],
    ),
  );
}
