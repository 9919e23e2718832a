import type pg from "pg";
import type { Allowances, Limit } from "../domain/permits.js";

export interface AllowanceStore extends Allowances {
  /**
   * What ramp plans allow today, of those keys that have a plan. Whoever writes from a domain or a mailbox that another
   * tenant warms up is not held by that.
   */
  loadWarmups(tenantId: string, keys: string[]): Promise<Limit[]>;
  /** A limit's days begin anew. */
  forget(name: string): Promise<void>;
}

export function createAllowanceStore(pool: pg.Pool): AllowanceStore {
  return {
    draw: (name, day, ask) => draw(pool, name, day, ask),
    loadWarmups: (tenantId, keys) => loadWarmups(pool, tenantId, keys),
    forget: async (name) => void (await pool.query("delete from allowance_days where name = $1", [name])),
  };
}

async function draw(
  pool: pg.Pool,
  name: string,
  day: string,
  { messages, perDay }: { messages: number; perDay: number },
): Promise<number> {
  const { rows } = await pool.query<{ last_draw: string }>({
    name: "draw-allowance",
    // A row returns what it became: so it keeps what was drawn last.
    text: `insert into allowance_days as a (name, day, drawn, last_draw)
           values ($1, $2, least($3::bigint, $4::bigint), least($3::bigint, $4::bigint))
           on conflict (name, day) do update set
             last_draw = greatest(0, least($3::bigint, $4::bigint - a.drawn)),
             drawn = a.drawn + greatest(0, least($3::bigint, $4::bigint - a.drawn))
           returning last_draw`,
    values: [name, day, messages, perDay],
  });
  return Number(rows[0]?.last_draw ?? 0);
}

async function loadWarmups(pool: pg.Pool, tenantId: string, keys: string[]): Promise<Limit[]> {
  const { rows } = await pool.query<{ key: string; per_day: number; per_hour: number | null }>({
    name: "load-warmup-allowances",
    text: `select a.key, a.per_day, a.per_hour from warmup_allowances a join warmups w on w.warmup_id = a.warmup_id
           where a.key = any($1) and (w.kind = 'node' or w.tenant_id = $2)`,
    values: [keys, tenantId],
  });
  return rows.map(({ key, per_day: perDay, per_hour: perHour }) => ({
    ...{ scope: "warmup" as const, key, perDay },
    ...(perHour !== null && { perHour }),
  }));
}
