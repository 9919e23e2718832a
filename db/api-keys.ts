import type pg from "pg";
import type { Role } from "../domain/access.js";
import { NotFound } from "../domain/errors.js";
import { requireTenant } from "./require-tenant.js";

export interface ApiKey {
  keyId: string;
  /** Null: of the platform. */
  tenantId: string | null;
  name: string;
  role: Role;
  scopes: string[] | null;
  createdBy: string;
  createdAt: Date;
  expiresAt: Date | null;
  /** To the minute. */
  lastUsedAt: Date | null;
  revokedAt: Date | null;
  /** Until then the key before the last rotation is let in, too. */
  previousUntil: Date | null;
}

export type NewApiKey = Pick<
  ApiKey,
  "keyId" | "tenantId" | "name" | "role" | "scopes" | "createdBy" | "expiresAt"
> & { hash: Buffer };

/** What decides whether a key is let in. */
export type KeyCheck = Pick<ApiKey, "tenantId" | "role" | "scopes" | "expiresAt"> & {
  /** Of the key, and of the one before while a rotation lasts. */
  hashes: Buffer[];
};

export interface ApiKeyStore {
  /** @throws NotFound (tenant) */
  createKey(key: NewApiKey): Promise<ApiKey>;
  /** Newest first. Null: those of the platform. */
  listKeys(tenantId: string | null, page: { before?: string | undefined; limit: number }): Promise<ApiKey[]>;
  /** @throws NotFound */
  loadKey(tenantId: string | null, keyId: string): Promise<ApiKey>;
  /** @throws NotFound when there is none, or it was revoked */
  rotateKey(tenantId: string | null, keyId: string, to: { hash: Buffer; keepOldMs: number }): Promise<ApiKey>;
  /** Again changes nothing. @throws NotFound */
  revokeKey(tenantId: string | null, keyId: string): Promise<ApiKey>;
  /** Null when there is none that is let in. */
  findKey(keyId: string): Promise<KeyCheck | null>;
  recordUse(keyIds: string[]): Promise<void>;
}

export function createApiKeyStore(pool: pg.Pool): ApiKeyStore {
  return {
    createKey: (key) => createKey(pool, key),
    listKeys: (tenantId, page) => listKeys(pool, tenantId, page),
    loadKey: async (tenantId, keyId) => {
      const { rows } = await pool.query<ApiKey>(
        `select ${columns} from api_keys where key_id = $1 and tenant_id is not distinct from $2`,
        [keyId, tenantId],
      );
      return found(rows[0], keyId);
    },
    rotateKey: (tenantId, keyId, to) => rotateKey(pool, tenantId, keyId, to),
    revokeKey: (tenantId, keyId) => revokeKey(pool, tenantId, keyId),
    findKey: (keyId) => findKey(pool, keyId),
    recordUse: (keyIds) => recordUse(pool, keyIds),
  };
}

const columns = `key_id as "keyId", tenant_id as "tenantId", name, role, scopes, created_by as "createdBy",
  created_at as "createdAt", expires_at as "expiresAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt",
  case when previous_until > now() then previous_until end as "previousUntil"`;

async function createKey(pool: pg.Pool, key: NewApiKey): Promise<ApiKey> {
  if (key.tenantId !== null) await requireTenant(pool, key.tenantId);
  const { rows } = await pool.query<ApiKey>(
    `insert into api_keys (key_id, tenant_id, name, role, scopes, hash, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${columns}`,
    [key.keyId, key.tenantId, key.name, key.role, key.scopes, key.hash, key.createdBy, key.expiresAt],
  );
  return found(rows[0], key.keyId);
}

async function listKeys(
  pool: pg.Pool,
  tenantId: string | null,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<ApiKey[]> {
  const { rows } = await pool.query<ApiKey>(
    `select ${columns} from api_keys
     where tenant_id is not distinct from $1 and ($2::uuid is null or key_id < $2) order by key_id desc limit $3`,
    [tenantId, before ?? null, limit],
  );
  return rows;
}

async function rotateKey(
  pool: pg.Pool,
  tenantId: string | null,
  keyId: string,
  { hash, keepOldMs }: { hash: Buffer; keepOldMs: number },
): Promise<ApiKey> {
  const { rows } = await pool.query<ApiKey>(
    `update api_keys set previous_hash = hash, previous_until = now() + $4 * interval '1 millisecond', hash = $3
     where key_id = $1 and tenant_id is not distinct from $2 and revoked_at is null returning ${columns}`,
    [keyId, tenantId, hash, keepOldMs],
  );
  return found(rows[0], keyId);
}

async function revokeKey(pool: pg.Pool, tenantId: string | null, keyId: string): Promise<ApiKey> {
  const { rows } = await pool.query<ApiKey>(
    `update api_keys set revoked_at = coalesce(revoked_at, now()), previous_until = null
     where key_id = $1 and tenant_id is not distinct from $2 returning ${columns}`,
    [keyId, tenantId],
  );
  return found(rows[0], keyId);
}

async function findKey(pool: pg.Pool, keyId: string): Promise<KeyCheck | null> {
  const { rows } = await pool.query<KeyCheck>({
    name: "find-api-key",
    text: `select tenant_id as "tenantId", role, scopes, expires_at as "expiresAt",
        case when previous_until > now() then array[hash, previous_hash] else array[hash] end as hashes
      from api_keys where key_id = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
    values: [keyId],
  });
  return rows[0] ?? null;
}

async function recordUse(pool: pg.Pool, keyIds: string[]): Promise<void> {
  await pool.query("update api_keys set last_used_at = date_trunc('minute', now()) where key_id = any ($1)", [
    keyIds,
  ]);
}

function found(key: ApiKey | undefined, keyId: string): ApiKey {
  if (!key) throw new NotFound("API key", keyId);
  return key;
}
