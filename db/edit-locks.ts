import type pg from "pg";
import { transaction } from "./pool.js";

/**
 * Of names, in all processes; a lock ends with the connection that holds it.
 * @param pool nobody else's: who holds a lock needs further connections for the change and its audit, and would wait for
 * those who wait for a lock
 */
export function createEditLocks(pool: pg.Pool): {
  exclusively<T>(name: string, fn: () => Promise<T>): Promise<T>;
} {
  return {
    exclusively: (name, fn) =>
      transaction(pool, async (client) => {
        await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [name]);
        return fn();
      }),
  };
}
