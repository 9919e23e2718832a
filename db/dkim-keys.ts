import type pg from "pg";
import { NotFound } from "../domain/errors.js";
import { requireTenant } from "./require-tenant.js";
import { dkimPrivateKey, type Sealer } from "./sealed.js";

export type DkimAlgorithm = "rsa-sha256" | "ed25519-sha256";

/** A signing key without its private part. */
export interface DkimKey {
  domain: string;
  selector: string;
  algorithm: DkimAlgorithm;
  createdAt: Date;
}

/** What signing needs. */
export interface DkimSigningKey {
  domain: string;
  selector: string;
  algorithm: DkimAlgorithm;
  /** PEM. */
  privateKey: string;
}

export interface DkimKeyStore {
  /** Replaces a key of the same selector; kept sealed. @throws NotFound (tenant), ConfigInvalid without a key to seal with */
  saveDkimKey(key: DkimSigningKey & { tenantId: string }): Promise<void>;
  /** @throws NotFound, SecretUnreadable */
  loadDkimKey(ref: { tenantId: string; domain: string; selector: string }): Promise<DkimKey & DkimSigningKey>;
  listDkimKeys(tenantId: string): Promise<DkimKey[]>;
  /** All keys that sign for the domain, one an algorithm: the one saved last. @throws SecretUnreadable */
  loadDkimKeys(tenantId: string, domain: string): Promise<DkimSigningKey[]>;
  /** @throws NotFound */
  removeDkimKey(tenantId: string, domain: string, selector: string): Promise<void>;
}

export function createDkimKeyStore(pool: pg.Pool, sealer: Sealer): DkimKeyStore {
  return {
    saveDkimKey: (key) => saveDkimKey(pool, sealer, key),
    loadDkimKey: (ref) => loadDkimKey(pool, sealer, ref),
    listDkimKeys: (tenantId) => listDkimKeys(pool, tenantId),
    loadDkimKeys: (tenantId, domain) => loadDkimKeys(pool, sealer, { tenantId, domain }),
    removeDkimKey: (tenantId, domain, selector) => removeDkimKey(pool, { tenantId, domain, selector }),
  };
}

async function saveDkimKey(
  pool: pg.Pool,
  sealer: Sealer,
  key: DkimSigningKey & { tenantId: string },
): Promise<void> {
  const place = dkimPrivateKey(key.tenantId, key.domain, key.selector);
  await requireTenant(pool, key.tenantId);
  await pool.query(
    `insert into dkim_keys (tenant_id, domain, selector, algorithm, private_key) values ($1, lower($2), $3, $4, $5)
     on conflict (tenant_id, domain, selector)
     do update set algorithm = excluded.algorithm, private_key = excluded.private_key, created_at = now()`,
    [key.tenantId, key.domain, key.selector, key.algorithm, sealer.seal(key.privateKey, place)],
  );
}

async function loadDkimKey(
  pool: pg.Pool,
  sealer: Sealer,
  { tenantId, domain, selector }: { tenantId: string; domain: string; selector: string },
): Promise<DkimKey & DkimSigningKey> {
  const { rows } = await pool.query<DkimKey & DkimSigningKey>(
    `select domain, selector, algorithm, created_at as "createdAt", private_key as "privateKey" from dkim_keys
     where tenant_id = $1 and domain = lower($2) and selector = $3`,
    [tenantId, domain, selector],
  );
  if (!rows[0]) throw new NotFound("DKIM key", `${selector} of ${domain}`);
  const place = dkimPrivateKey(tenantId, rows[0].domain, selector);
  return { ...rows[0], privateKey: sealer.open(rows[0].privateKey, place) };
}

async function listDkimKeys(pool: pg.Pool, tenantId: string): Promise<DkimKey[]> {
  const { rows } = await pool.query<DkimKey>(
    `select domain, selector, algorithm, created_at as "createdAt" from dkim_keys
     where tenant_id = $1 order by domain, selector`,
    [tenantId],
  );
  return rows;
}

async function loadDkimKeys(
  pool: pg.Pool,
  sealer: Sealer,
  { tenantId, domain }: { tenantId: string; domain: string },
): Promise<DkimSigningKey[]> {
  const { rows } = await pool.query<DkimSigningKey>(
    `select distinct on (algorithm) domain, selector, algorithm, private_key as "privateKey" from dkim_keys
     where tenant_id = $1 and domain = lower($2)
     order by algorithm, created_at desc`,
    [tenantId, domain],
  );
  return rows.map((key) => ({
    ...key,
    privateKey: sealer.open(key.privateKey, dkimPrivateKey(tenantId, key.domain, key.selector)),
  }));
}

async function removeDkimKey(
  pool: pg.Pool,
  { tenantId, domain, selector }: { tenantId: string; domain: string; selector: string },
): Promise<void> {
  const { rowCount } = await pool.query(
    "delete from dkim_keys where tenant_id = $1 and domain = lower($2) and selector = $3",
    [tenantId, domain, selector],
  );
  if (rowCount === 0) throw new NotFound("DKIM key", `${selector} of ${domain}`);
}
