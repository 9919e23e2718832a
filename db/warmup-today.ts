import { allowanceKey } from "../domain/warmup-allowance.js";
import { addDays } from "../domain/warmup-clock.js";
import { healthWindowDays } from "../domain/receiver-rates.js";
import type { Health } from "../domain/warmup-health.js";
import { healthOn } from "../domain/warmup-next.js";
import type { Queryable } from "./pool.js";
import { loadDayFacts } from "./warmup-facts.js";
import type { Warmup } from "./warmups.js";

/** How a warmup that is at work goes, as far as it is measured by now. */
export interface WarmupToday {
  /** Messages that were tried today. */
  usedToday: number;
  /** By the last days, this one included. */
  health: Health;
}

/** One of the allowances that a warmup has: of all its mail, or towards one mailbox provider. */
export interface AllowanceUse {
  /** Null: all its mail together. */
  mailboxProvider: string | null;
  perDay: number;
  perHour: number | null;
  /** Drawn on the day; a little more than what was sent, as of the last draw some may be left. */
  used: number;
}

/** By id; those that have ended are left out. */
export async function loadToday(
  db: Queryable,
  warmups: readonly Warmup[],
  { today, timeZone }: { today: string; timeZone: string },
): Promise<Map<string, WarmupToday>> {
  const open = warmups.filter(({ endedAt }) => endedAt === null);
  const from = addDays(today, 1 - healthWindowDays);
  const facts = await loadDayFacts(db, open, { from, until: today, timeZone });
  return new Map(
    open.map((warmup) => {
      const measured = facts.get(allowanceKey(warmup)) ?? [];
      const usedToday = measured.find(({ day }) => day === today)?.used ?? 0;
      return [warmup.warmupId, { usedToday, health: healthOn(warmup, measured, today) }];
    }),
  );
}

export async function loadUses(db: Queryable, warmupId: string, today: string): Promise<AllowanceUse[]> {
  const { rows } = await db.query<AllowanceUse>(
    `select nullif(split_part(a.key, '/', 3), '') as "mailboxProvider", a.per_day as "perDay", a.per_hour as "perHour",
       coalesce(d.drawn, 0)::int as used
     from warmup_allowances a left join allowance_days d on d.name = 'warmup:' || a.key and d.day = $2
     where a.warmup_id = $1 order by split_part(a.key, '/', 3)`,
    [warmupId, today],
  );
  return rows;
}
