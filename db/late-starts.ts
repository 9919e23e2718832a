import type pg from "pg";

/** `SendStore.startLate`. A person who resumes it has decided: it is not held again. */
export async function startLate(pool: pg.Pool, sendId: string, lateMs: number): Promise<{ held: boolean }> {
  await pool.query(
    `with late as (
       update campaign_sends set late_ms = $2,
         status = case when on_late = 'hold' and late_after_ms < $2 then 'paused' else status end,
         paused_from = case when on_late = 'hold' and late_after_ms < $2 then 'scheduled' end
       where send_id = $1 and status = 'scheduled' and late_ms is null
       returning send_id, tenant_id, user_id, campaign_id, status
     )
     insert into notifications (tenant_id, user_id, kind, severity, subject_id, title, text)
     select l.tenant_id, l.user_id, 'campaign.late', 'warning', l.send_id::text,
       case l.status when 'paused' then 'Campaign held: its time has passed' else 'Campaign starts late' end,
       c.name || ' was to start ' || round($2 / 3600000.0, 1) || ' hours ago.'
         || case l.status when 'paused' then ' Resume it to send now, or cancel it.' else '' end
     from late l join campaigns c on c.campaign_id = l.campaign_id and c.tenant_id = l.tenant_id`,
    [sendId, Math.round(lateMs)],
  );
  const { rows } = await pool.query<{ held: boolean }>(
    "select status = 'paused' as held from campaign_sends where send_id = $1",
    [sendId],
  );
  return rows[0] ?? { held: false };
}
