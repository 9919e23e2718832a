import type pg from "pg";
import type { SequencePage } from "../activities/sequence-ports.js";
import type { SegmentFilter } from "../domain/segment-filter.js";
import { planStep, type SequenceRules } from "../domain/sequence-rules.js";
import { findTimeZone } from "../domain/time-zone.js";
import { transaction } from "./pool.js";
import { compileSegmentFilter } from "./segment-sql.js";

/** Contacts of one page: their times are worked out one by one, some milliseconds a hundred. */
const page = 5_000;

interface AudienceRow {
  audience_id: string;
  tenant_id: string;
  list_id: string | null;
  contact_ids: string[] | null;
  filter: SegmentFilter | null;
  cursor: string;
  rules: SequenceRules;
}

interface ContactRow {
  contact_id: string;
  time_zone: string | null;
}

/** `SequenceStore.enrollContacts`; `enrolled` leaves out who was enrolled before. The rows and the cursor move together, under the lock of the audience's row. */
export async function enrollContacts(
  pool: pg.Pool,
  sequenceId: string,
  nowMs: number,
): Promise<{ page: SequencePage; enrolled: number }> {
  return transaction(pool, async (client) => {
    const audience = await lockAudience(client, sequenceId);
    if (!audience) return { page: { more: false, contacts: 0 }, enrolled: 0 };
    const contacts = await loadPage(client, audience);
    const enrolled = await insertEnrollments(client, { sequenceId, audience, contacts, nowMs });
    await client.query("update sequence_audiences set cursor = $2, done = $3 where audience_id = $1", [
      audience.audience_id,
      contacts.at(-1)?.contact_id ?? audience.cursor,
      contacts.length < page,
    ]);
    return { page: { more: true, contacts: contacts.length }, enrolled };
  });
}

async function lockAudience(client: pg.PoolClient, sequenceId: string): Promise<AudienceRow | undefined> {
  const { rows } = await client.query<AudienceRow>(
    `select a.audience_id, a.tenant_id, a.list_id, a.contact_ids, g.filter, a.cursor, q.rules
     from sequence_audiences a
     join sequences q on q.campaign_id = a.campaign_id and q.tenant_id = a.tenant_id
     left join segments g on g.segment_id = a.segment_id and g.tenant_id = a.tenant_id
     where a.campaign_id = $1 and not a.done
     order by a.created_at, a.audience_id limit 1
     for no key update of a`,
    [sequenceId],
  );
  return rows[0];
}

async function loadPage(client: pg.PoolClient, audience: AudienceRow): Promise<ContactRow[]> {
  const { list_id: listId, contact_ids: contactIds } = audience;
  const values: unknown[] = [audience.tenant_id, audience.cursor, page];
  const filter = compileSegmentFilter(audience.filter ?? { all: [] }, 4, "c");
  if (listId !== null) values.push(listId);
  else if (contactIds !== null) values.push(contactIds);
  else values.push(...filter.params);
  const { rows } = await client.query<ContactRow>(
    listId !== null
      ? `select c.contact_id, c.time_zone
         from list_contacts l join contacts c on c.contact_id = l.contact_id and c.tenant_id = $1
         where l.list_id = $4 and l.contact_id > $2
         order by l.contact_id limit $3`
      : `select c.contact_id, c.time_zone from contacts c
         where c.tenant_id = $1 and c.contact_id > $2
           and ${contactIds !== null ? "c.contact_id = any ($4::bigint[])" : filter.sql}
         order by c.contact_id limit $3`,
    values,
  );
  return rows;
}

interface EnrollmentsInput {
  sequenceId: string;
  audience: AudienceRow;
  contacts: ContactRow[];
  nowMs: number;
}

async function insertEnrollments(client: pg.PoolClient, input: EnrollmentsInput): Promise<number> {
  const { sequenceId, contacts, nowMs } = input;
  const { rules, tenant_id: tenantId } = input.audience;
  const dueAt = contacts.map(
    (contact) => new Date(planStep(rules, 1, nowMs, zoneOf(contact.time_zone, rules.timeZone))),
  );
  const { rowCount } = await client.query(
    `insert into sequence_enrollments (campaign_id, contact_id, tenant_id, planned_for, due_at, enrolled_at)
     select $1::uuid, contact_id, $2, due_at, due_at, $5::timestamptz
     from unnest($3::bigint[], $4::timestamptz[]) as c (contact_id, due_at)
     on conflict do nothing`,
    [sequenceId, tenantId, contacts.map((contact) => contact.contact_id), dueAt, new Date(nowMs)],
  );
  return rowCount ?? 0;
}

/** A contact's own zone when it is one; files have brought others. */
export function zoneOf(contactZone: string | null, fallback: string): string {
  return (contactZone === null ? null : findTimeZone(contactZone)) ?? fallback;
}
