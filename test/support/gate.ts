import type pg from "pg";
import { until } from "./until.js";

/** Holds whoever brings rows of a table into a state, in their transaction. */
export interface Gate {
  /** Somebody waits at it. */
  reached(): Promise<void>;
  /** Lets them go on. */
  open(): Promise<void>;
}

/** Any number that nobody else locks. */
const gateKey = 4711;

export async function closeGate(pool: pg.Pool, at: { table: string; state: string }): Promise<Gate> {
  await pool.query(`
    create function wait_at_gate() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(${gateKey});
      return null;
    end $$;
    create trigger gate after update on ${at.table}
      for each row when (new.state = '${at.state}') execute function wait_at_gate()`);
  const holder = await pool.connect();
  await holder.query("select pg_advisory_lock($1)", [gateKey]);
  return {
    reached: async () => {
      await until("somebody waits at the gate", async () => {
        const { rows } = await pool.query("select from pg_locks where locktype = 'advisory' and not granted");
        return rows.length > 0;
      });
    },
    open: async () => {
      await holder.query("select pg_advisory_unlock($1)", [gateKey]);
      holder.release();
    },
  };
}
