import type { DeadLetterFilter } from "../domain/dead-letters.js";

/** Of `dead_letters d`; its values are $1 to $8. */
export const matchesFilter = `d.tenant_id = $1
  and ($2::bigint[] is null or d.dead_letter_id = any ($2))
  and ($3::text is null or d.kind = $3)
  and ($4::uuid is null or d.send_id = $4)
  and ($5::text is null or d.reason = $5)
  and ($6::text is null or concat_ws(' ', d.reason, d.job, d.send_id, d.email_id, d.delivery_id, d.import_id,
    d.export_id, d.run_id) ilike $6)
  and ($7::timestamptz is null or d.created_at >= $7)
  and ($8::timestamptz is null or d.created_at < $8)`;

export function filterValues(tenantId: string, filter: DeadLetterFilter): unknown[] {
  const { deadLetterIds, kind, sendId, reason, text, createdAfter, createdBefore } = filter;
  const like = text === undefined ? null : `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  return [
    ...[tenantId, deadLetterIds ?? null, kind ?? null, sendId ?? null, reason ?? null, like],
    ...[createdAfter ?? null, createdBefore ?? null],
  ];
}
