import type pg from "pg";
import { vapidPrivateKey, type Sealer } from "./sealed.js";

export interface VapidKeyPair {
  publicKey: string;
  privateKey: string;
}

export interface VapidKeyStore {
  /** Made when it is first asked for, once for all processes. @throws ConfigInvalid without an encryption key, SecretUnreadable */
  load(): Promise<VapidKeyPair>;
  loadPublicKey(): Promise<string>;
}

/** The pair that browsers know this Floe by. A new one would silence every browser that has subscribed. */
export function createVapidKeyStore(
  pool: pg.Pool,
  sealer: Sealer,
  create: () => VapidKeyPair,
): VapidKeyStore {
  const load = async (): Promise<VapidKeyPair> => {
    const stored = (await find(pool)) ?? (await make(pool, sealer, create));
    return { ...stored, privateKey: sealer.open(stored.privateKey, vapidPrivateKey) };
  };
  return {
    load,
    loadPublicKey: async () => ((await find(pool)) ?? (await load())).publicKey,
  };
}

async function find(pool: pg.Pool): Promise<VapidKeyPair | undefined> {
  const { rows } = await pool.query<VapidKeyPair>(
    `select public_key as "publicKey", private_key as "privateKey" from vapid_keys`,
  );
  return rows[0];
}

async function make(pool: pg.Pool, sealer: Sealer, create: () => VapidKeyPair): Promise<VapidKeyPair> {
  const { publicKey, privateKey } = create();
  await pool.query(
    "insert into vapid_keys (public_key, private_key) values ($1, $2) on conflict do nothing",
    [publicKey, sealer.seal(privateKey, vapidPrivateKey)],
  );
  // Another process may have been first.
  const made = await find(pool);
  return made ?? { publicKey, privateKey };
}
