import type pg from "pg";
import { transaction } from "./pool.js";

/** Of names, in all processes; a lock ends with the connection that holds it. */
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
