import type { PlannedDay } from "./warmup-planning.js";
import type { Queryable } from "./pool.js";

/** Days of many warmups, their progress and their allowances: a statement each, in one transaction of the caller's. */
export async function writePlanned(db: Queryable, days: readonly PlannedDay[]): Promise<void> {
  if (days.length === 0) return;
  await db.query(measuredText, measuredValues(days));
  await db.query(daysText, dayValues(days));
  await db.query(warmupsText, warmupValues(days));
  await writeAllowances(db, days);
}

/** Only what is over is measured; a pause of the day stays told. */
const measuredText = `
  update warmup_days d set used = m.used, accepted = m.accepted, deferred = m.deferred, bounced = m.bounced,
    complained = m.complained, opened = m.opened, clicked = m.clicked, measured_at = now()
  from unnest($1::uuid[], $2::date[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[])
    as m (warmup_id, day, used, accepted, deferred, bounced, complained, opened, clicked)
  where d.warmup_id = m.warmup_id and d.day = m.day`;

function measuredValues(days: readonly PlannedDay[]): unknown[] {
  const over = days.flatMap(({ row, measured }) =>
    measured === null ? [] : [{ warmupId: row.warmupId, ...measured }],
  );
  return [
    over.map(({ warmupId }) => warmupId),
    over.map(({ day }) => day),
    over.map(({ used }) => used),
    over.map(({ accepted }) => accepted),
    over.map(({ deferred }) => deferred),
    over.map(({ bounced }) => bounced),
    over.map(({ complained }) => complained),
    over.map(({ opened }) => opened),
    over.map(({ clicked }) => clicked),
  ];
}

/** A day may be planned anew: its plan was changed, or health has stopped it. */
const daysText = `
  insert into warmup_days (warmup_id, tenant_id, day, position, planned, allowances, paused, partial, decision, reason)
  select * from unnest($1::uuid[], $2::text[], $3::date[], $4::float8[], $5::int[], $6::jsonb[], $7::boolean[],
    $8::boolean[], $9::text[], $10::text[])
  on conflict (warmup_id, day) do update set position = excluded.position, planned = excluded.planned,
    allowances = excluded.allowances, paused = warmup_days.paused or excluded.paused,
    decision = excluded.decision, reason = excluded.reason`;

function dayValues(days: readonly PlannedDay[]): unknown[] {
  return [
    days.map(({ row }) => row.warmupId),
    days.map(({ row }) => row.tenantId),
    days.map(({ day }) => day),
    days.map(({ position }) => position),
    days.map(({ planned }) => planned),
    days.map(({ allowances }) => JSON.stringify(allowances)),
    days.map(({ status }) => status === "paused"),
    days.map(({ decision }) => decision === "start"),
    days.map(({ decision }) => decision),
    days.map(({ reason }) => reason),
  ];
}

const warmupsText = `
  update warmups w set position = n.position, planned = n.planned, last_day = n.day, idle_days = n.idle_days,
    paused_days = n.paused_days, status = n.status, paused_by = n.paused_by, resume_on = n.resume_on,
    judged_from = n.judged_from, health_pauses = n.health_pauses, replan = false, updated_at = now(),
    -- A person's reason for a pause stays while it lasts.
    reason = case when n.status = 'paused' and w.status = 'paused' then w.reason else n.reason end,
    ended_at = case when n.status = 'done' then now() end
  from unnest($1::uuid[], $2::float8[], $3::int[], $4::date[], $5::int[], $6::int[], $7::text[], $8::text[],
      $9::date[], $10::date[], $11::int[], $12::text[])
    as n (warmup_id, position, planned, day, idle_days, paused_days, status, paused_by, resume_on, judged_from,
      health_pauses, reason)
  where w.warmup_id = n.warmup_id`;

function warmupValues(days: readonly PlannedDay[]): unknown[] {
  return [
    days.map(({ row }) => row.warmupId),
    days.map(({ position }) => position),
    days.map(({ planned }) => planned),
    days.map(({ day }) => day),
    days.map(({ idleDays }) => idleDays),
    days.map(({ pausedDays }) => pausedDays),
    days.map(({ status }) => status),
    days.map(({ pausedBy }) => pausedBy),
    days.map(({ resumeOn }) => resumeOn),
    days.map(({ judgedFrom }) => judgedFrom),
    days.map(({ healthPauses }) => healthPauses),
    days.map(({ reason }) => reason),
  ];
}

/** Those that the plan no longer has are taken away; a warmup that is done has none (`end_warmup`). */
async function writeAllowances(db: Queryable, days: readonly PlannedDay[]): Promise<void> {
  const rows = days
    .filter(({ status }) => status !== "done")
    .flatMap(({ row, day, allowances }) =>
      Object.entries(allowances).map(([key, allowance]) => ({
        key,
        day,
        ...allowance,
        warmupId: row.warmupId,
      })),
    );
  await db.query("delete from warmup_allowances where warmup_id = any ($1) and not key = any ($2)", [
    days.map(({ row }) => row.warmupId),
    rows.map(({ key }) => key),
  ]);
  await db.query(
    `insert into warmup_allowances (key, warmup_id, day, per_day, per_hour)
     select * from unnest($1::text[], $2::uuid[], $3::date[], $4::int[], $5::int[]) order by 1
     on conflict (key) do update set warmup_id = excluded.warmup_id, day = excluded.day,
       per_day = excluded.per_day, per_hour = excluded.per_hour, updated_at = now()`,
    [
      rows.map(({ key }) => key),
      rows.map(({ warmupId }) => warmupId),
      rows.map(({ day }) => day),
      rows.map(({ perDay }) => perDay),
      rows.map(({ perHour }) => perHour),
    ],
  );
}
