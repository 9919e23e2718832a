import type pg from "pg";
import type { Floe } from "../../client/connect.js";
import type { Replay } from "../../client/replays.js";
import { until } from "../support/until.js";

/**
 * Makes dead what a send has delivered: its letters have times in no order, and every `othersEvery`-th has another reason.
 * @returns how many have the reason `timeout`
 */
export async function bury(
  pool: pg.Pool,
  { tenantId, sendId }: { tenantId: string; sendId: string },
  othersEvery = 6,
): Promise<number> {
  await pool.query(
    `update email_sends set status = 'dead', attempts = 3, reason = 'timeout' where send_id = $1 and tenant_id = $2`,
    [sendId, tenantId],
  );
  const { rowCount } = await pool.query(
    `insert into dead_letters (tenant_id, send_id, contact_id, reason, attempts, created_at)
     select tenant_id, send_id, contact_id, case when position % $3 = 0 then 'policy' else 'timeout' end, 3,
       now() - random() * interval '20 days'
     from email_sends where send_id = $1 and tenant_id = $2 order by random()
     returning reason`,
    [sendId, tenantId, othersEvery],
  );
  const { rows } = await pool.query<{ count: number }>(
    "select count(*)::int as count from dead_letters where send_id = $1 and reason = 'timeout'",
    [sendId],
  );
  if (rowCount === 0) throw new Error("Nothing was buried.");
  return rows[0]?.count ?? 0;
}

export function replayEnded(floe: Floe, { tenantId, replayId }: Replay): Promise<Replay> {
  return until(`the end of replay ${replayId}`, async () => {
    const replay = await floe.deadLetters.replayStatus({ tenantId, replayId });
    return replay.finishedAt !== null && replay;
  });
}
