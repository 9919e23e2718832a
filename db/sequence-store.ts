import type pg from "pg";
import type { SequenceOutlook, SequencePlan, SequenceStore } from "../activities/sequence-ports.js";
import { NotFound } from "../domain/errors.js";
import type { SequenceCount } from "../domain/sequence-counts.js";
import { sequenceStatusesBefore, type SequenceStatus } from "../domain/sequence-status.js";
import { transaction } from "./pool.js";
import { enrollContacts } from "./sequence-enrolling.js";
import { closeWave, takeDueContacts } from "./sequence-waves.js";

/**
 * The facts that steer a sequence, in Postgres. Times come from the workflow's clock.
 * @param observe hears what was committed; not of what a process committed and died
 */
export function createSequenceStore(
  pool: pg.Pool,
  observe: (counts: SequenceCount[]) => void,
): SequenceStore {
  return {
    loadSequence: (sequenceId) => loadSequence(pool, sequenceId),
    moveSequence: (sequenceId, to) => moveSequence(pool, sequenceId, to),
    async enrollContacts(sequenceId, nowMs) {
      const { page, enrolled } = await enrollContacts(pool, sequenceId, nowMs);
      observe([{ event: "enrolled", reason: "", contacts: enrolled }]);
      return page;
    },
    async takeDueContacts(sequenceId, nowMs) {
      const { page, counts } = await takeDueContacts(pool, sequenceId, nowMs);
      observe(counts);
      return page;
    },
    openSequenceSends: (sequenceId) => openSequenceSends(pool, sequenceId),
    loadOutlook: (sequenceId) => loadOutlook(pool, sequenceId),
    async cancelEnrollments(sequenceId) {
      const contacts = await cancelEnrollments(pool, sequenceId);
      observe([{ event: "cancelled", reason: "", contacts }]);
    },
  };
}

async function loadSequence(pool: pg.Pool, sequenceId: string): Promise<SequencePlan> {
  const { rows } = await pool.query<SequencePlan>(
    `select q.campaign_id as "sequenceId", q.tenant_id as "tenantId", c.name, c.lane, q.status
     from sequences q join campaigns c on c.campaign_id = q.campaign_id and c.tenant_id = q.tenant_id
     where q.campaign_id = $1`,
    [sequenceId],
  );
  if (!rows[0]) throw new NotFound("sequence", sequenceId);
  return rows[0];
}

/** The campaign's status follows; a pause is the sequence's alone. */
async function moveSequence(pool: pg.Pool, sequenceId: string, to: SequenceStatus): Promise<SequenceStatus> {
  await pool.query(
    `with moved as (
       update sequences set status = $2, started_at = case when $2 = 'running' then coalesce(started_at, now()) else started_at end,
         finished_at = case when $2 in ('completed', 'cancelled') then now() end
       where campaign_id = $1 and status = any ($3)
       returning campaign_id, tenant_id, status
     )
     update campaigns c set status = case when m.status in ('running', 'paused') then 'sending' else m.status end,
       updated_at = now()
     from moved m where c.campaign_id = m.campaign_id and c.tenant_id = m.tenant_id`,
    [sequenceId, to, sequenceStatusesBefore(to)],
  );
  return (await loadSequence(pool, sequenceId)).status;
}

async function openSequenceSends(pool: pg.Pool, sequenceId: string): Promise<string[]> {
  const { rows } = await pool.query<{ send_id: string }>(
    `select send_id from campaign_sends
     where campaign_id = $1 and snapshot_done and status in ('scheduled', 'sending', 'paused', 'cancelling')
     order by created_at, send_id`,
    [sequenceId],
  );
  return rows.map((row) => row.send_id);
}

async function loadOutlook(pool: pg.Pool, sequenceId: string): Promise<SequenceOutlook> {
  const { rows } = await pool.query<SequenceOutlook>(
    `select
       (select (extract(epoch from min(due_at)) * 1000)::float8 from sequence_enrollments
        where campaign_id = $1 and status = 'active') as "nextDueAtMs",
       exists (select from sequence_audiences where campaign_id = $1 and not done) as enrolling`,
    [sequenceId],
  );
  return rows[0] ?? { nextDueAtMs: null, enrolling: false };
}

/** @returns contacts whose enrollment ended with it */
async function cancelEnrollments(pool: pg.Pool, sequenceId: string): Promise<number> {
  return transaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `update sequence_enrollments set status = 'cancelled', ended_at = now()
       where campaign_id = $1 and status = 'active'`,
      [sequenceId],
    );
    await client.query("update sequence_audiences set done = true where campaign_id = $1 and not done", [
      sequenceId,
    ]);
    await closeWave(client, sequenceId);
    return rowCount ?? 0;
  });
}
