import { AsyncLocalStorage } from "node:async_hooks";
import type pg from "pg";
import { createPool, type PoolOptions } from "./pool.js";

/** The tenant whose rows statements see; `*`: everybody's. */
const current = new AsyncLocalStorage<string>();

/** Statements in `fn`, and in all that it awaits, see this tenant's rows alone. Null: the platform's request, which sees all. */
export function asTenant<T>(tenantId: string | null, fn: () => T): T {
  return current.run(tenantId ?? "*", fn);
}

/**
 * Connections that serve tenants: under the role `floe_tenant`, which row-level security holds to the tenant of `asTenant`.
 * Outside of it there are no rows. The tenant is told to a connection only when it changes.
 */
export function createTenantPool(databaseUrl: string, options: PoolOptions = {}): pg.Pool {
  const pool = createPool(databaseUrl, options);
  const told = new WeakMap<pg.PoolClient, string>();
  const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>;

  const connectAs = async (): Promise<pg.PoolClient> => {
    const tenant = current.getStore() ?? "";
    const client = await connect();
    try {
      if (told.get(client) !== tenant) await client.query(settings, [tenant]);
      told.set(client, tenant);
      return client;
    } catch (error) {
      client.release(true);
      throw error;
    }
  };
  pool.connect = ((callback?: Parameters<pg.Pool["connect"]>[0]) => {
    if (callback === undefined) return connectAs();
    // How the pool's own `query` asks.
    connectAs().then(
      (client) => callback(undefined, client, client.release.bind(client)),
      (error: unknown) => callback(error as Error, undefined, () => undefined),
    );
    return undefined;
  }) as pg.Pool["connect"];
  return pool;
}

const settings = "select set_config('role', 'floe_tenant', false), set_config('floe.tenant', $1, false)";
