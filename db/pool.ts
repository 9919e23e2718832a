import pg from "pg";

const dateOid: number = pg.types.builtins.DATE;

/** What a query needs: the pool, or one client inside a transaction. */
export type Queryable = Pick<pg.Pool, "query">;

export interface PoolOptions {
  /** Connections at most; 10 unless told. */
  max?: number;
  /** Told about a connection that broke while idle. The pool replaces it; the next query reports what is wrong. */
  onIdleError?: (error: Error) => void;
}

/**
 * Connections to one database. `int8` arrives as a string (contact ids exceed 2^53 in principle), so counts are cast in
 * SQL; `date` arrives as `YYYY-MM-DD`, because node-postgres would move it by the local time zone; `timestamptz` as Date.
 */
export function createPool(databaseUrl: string, options: PoolOptions = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: options.max ?? 10,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    application_name: "floe",
    types: { getTypeParser },
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the pool awaits it, though its types say void
    onConnect: prepareSession,
  });
  // Without a listener a restarted Postgres would end the process by an unhandled 'error' event.
  pool.on("error", (error) => options.onIdleError?.(error));
  return pool;
}

/**
 * Runs `fn` in one transaction: committed when it returns, rolled back when it throws. A connection that cannot even roll
 * back is thrown away instead of going back to the pool with an open transaction.
 */
export async function transaction<T>(pool: pg.Pool, fn: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  // A connection that breaks says so twice: the query rejects, and an 'error' event ends the process if nobody listens.
  const onError = (): void => {
    broken = true;
  };
  client.on("error", onError);
  try {
    await client.query("begin");
    const result = await fn(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(onError);
    throw error;
  } finally {
    client.release(broken);
    client.off("error", onError);
  }
}

/**
 * Tables grow from nothing to millions of rows within one send. A generic plan made while they were small (a sequential
 * scan) would be kept for the life of the connection, so named statements save their parsing and are planned each time;
 * planning a batch's statement takes well under a millisecond and prunes the partitions. Compilation (JIT) costs a
 * hundred milliseconds that a keyed statement never earns back.
 */
async function prepareSession(client: pg.ClientBase): Promise<void> {
  await client.query(
    "select set_config('plan_cache_mode', 'force_custom_plan', false), set_config('jit', 'off', false)",
  );
}

function getTypeParser(oid: number, format?: "text" | "binary"): unknown {
  if (oid === dateOid) return (text: string) => text;
  return format === "binary" ? pg.types.getTypeParser(oid, format) : pg.types.getTypeParser(oid, "text");
}
