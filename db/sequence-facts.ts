import type pg from "pg";
import type { SegmentFilter } from "../domain/segment-filter.js";
import type { SequenceRules, StepFacts } from "../domain/sequence-rules.js";
import { compileSegmentFilter } from "./segment-sql.js";
import { zoneOf } from "./sequence-enrolling.js";

/** An enrollment whose step is due, with what deciding needs. */
export interface DueContact {
  contactId: string;
  step: number;
  plannedForMs: number;
  zone: string;
  facts: StepFacts;
}

export interface DueQuery {
  sequenceId: string;
  tenantId: string;
  rules: SequenceRules;
  /** Due at this instant, epoch milliseconds. */
  atMs: number;
  /** The last contact of the page before. */
  after: string;
  limit: number;
}

interface DueRow {
  contact_id: string;
  next_step: number;
  planned_for_ms: number;
  time_zone: string | null;
  engagements: string[];
  suppressions: string[];
  matches: boolean[];
}

/** By contact id. The enrollments are locked: nothing else moves them meanwhile. */
export async function loadDueContacts(client: pg.PoolClient, query: DueQuery): Promise<DueContact[]> {
  const { rules } = query;
  const filters = filtersOf(rules);
  const values: unknown[] = [
    ...[query.sequenceId, query.tenantId, new Date(query.atMs), query.after, query.limit],
  ];
  const matches = filters.map((filter) => {
    const { sql, params } = compileSegmentFilter(filter, values.length + 1, "c");
    values.push(...params);
    return sql;
  });
  const { rows } = await client.query<DueRow>(
    `select e.contact_id, e.next_step, (extract(epoch from e.planned_for) * 1000)::float8 as planned_for_ms, c.time_zone,
       array(
         select r.step || ':' || g.kind from sequence_step_results r
         join email_engagements g on g.send_id = r.send_id and g.contact_id = r.contact_id
         where r.campaign_id = e.campaign_id and r.contact_id = e.contact_id
       ) as engagements,
       array(
         select s.reason from suppressions s
         where s.value = c.email and s.kind = 'address' and s.tenant_id in ($2, '*')
       ) as suppressions,
       array[${matches.join(", ")}]::boolean[] as matches
     from sequence_enrollments e
     join contacts c on c.contact_id = e.contact_id and c.tenant_id = e.tenant_id
     where e.campaign_id = $1 and e.tenant_id = $2 and e.status = 'active' and e.due_at <= $3 and e.contact_id > $4
     order by e.contact_id limit $5
     for no key update of e`,
    values,
  );
  return rows.map((row) => ({
    contactId: row.contact_id,
    step: row.next_step,
    plannedForMs: row.planned_for_ms,
    zone: zoneOf(row.time_zone, rules.timeZone),
    facts: {
      engagements: new Set(row.engagements),
      suppressions: row.suppressions,
      matches: new Map(filters.map((filter, index) => [filter, row.matches[index] === true])),
    },
  }));
}

/** Every filter of the rules, by the object that the decision asks with. */
function filtersOf(rules: SequenceRules): SegmentFilter[] {
  const conditions = rules.steps.flatMap((step) => step.conditions);
  return [
    ...(rules.exits.contact === null ? [] : [rules.exits.contact]),
    ...conditions.flatMap((condition) => (condition.kind === "contact" ? [condition.filter] : [])),
  ];
}
