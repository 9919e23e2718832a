import type pg from "pg";
import { checkAddress } from "../domain/email-address.js";
import { InvalidInput } from "../domain/errors.js";
import { requireTenant } from "./require-tenant.js";

export type SuppressionReason = "unsubscribed" | "bounced" | "bounced-repeatedly" | "complained" | "manual";

/** What must not be written to. `*` as tenant: by nobody. */
export interface SuppressionKey {
  tenantId: string;
  kind: "address" | "domain";
  value: string;
}

export interface Suppression extends SuppressionKey {
  reason: SuppressionReason;
  sendId: string | null;
  createdAt: Date;
  /** Where the next page begins: Postgres's time is finer than a Date. */
  cursor: string;
}

/**
 * The end of an insert of what recipients said: a complaint is kept before an unsubscribe, and that before a bounce, in
 * whatever order they are told. What a person has put there stays.
 */
export const keepGravestReason = `
  on conflict (value, kind, tenant_id) do update set reason = excluded.reason, send_id = excluded.send_id
  where suppressions.reason in ('bounced', 'bounced-repeatedly') or (suppressions.reason, excluded.reason) = ('unsubscribed', 'complained')`;

export interface SuppressionPage {
  tenantId: string;
  /** `cursor` of the last row of the page before. */
  after?: string | undefined;
  limit: number;
}

export interface SuppressionStore {
  /** @returns false when it was suppressed already; the first reason stays. @throws InvalidInput, NotFound (tenant) */
  addSuppression(entry: SuppressionKey & { reason?: SuppressionReason }): Promise<boolean>;
  /** Those that are suppressed already are passed over. @returns how many were not. @throws NotFound (tenant) */
  addAddresses(tenantId: string, addresses: readonly string[]): Promise<number>;
  /** @returns false when there was none. @throws InvalidInput */
  removeSuppression(entry: SuppressionKey): Promise<boolean>;
  /** By time, oldest first. A tenant's page does not show the global ones, which are listed as tenant `*`. */
  listSuppressions(page: SuppressionPage): Promise<Suppression[]>;
  /** The suppression that forbids the tenant this address, by the address or its domain; null: none. @throws InvalidInput */
  findSuppression(tenantId: string, address: string): Promise<Suppression | null>;
}

export function createSuppressionStore(pool: pg.Pool): SuppressionStore {
  return {
    addSuppression: (entry) => addSuppression(pool, entry),
    addAddresses: (tenantId, addresses) => addAddresses(pool, tenantId, addresses),
    removeSuppression: (entry) => removeSuppression(pool, entry),
    listSuppressions: (page) => listSuppressions(pool, page),
    findSuppression: (tenantId, address) => findSuppression(pool, tenantId, address),
  };
}

/** Stored as contacts' addresses are, so that they meet: trimmed and in lower case. */
function normalise({ kind, value }: SuppressionKey): string {
  const check = checkAddress(kind === "address" ? value : `postmaster@${value}`);
  if (check.kind === "valid") return kind === "address" ? check.address : check.domain;
  throw new InvalidInput([
    { field: "value", problem: kind === "address" ? check.problem : "is not a domain" },
  ]);
}

async function addSuppression(
  pool: pg.Pool,
  entry: SuppressionKey & { reason?: SuppressionReason },
): Promise<boolean> {
  const value = normalise(entry);
  if (entry.tenantId !== "*") await requireTenant(pool, entry.tenantId);
  const { rowCount } = await pool.query(
    `insert into suppressions (tenant_id, kind, value, reason) values ($1, $2, $3, $4)
     on conflict (value, kind, tenant_id) do nothing`,
    [entry.tenantId, entry.kind, value, entry.reason ?? "manual"],
  );
  return rowCount === 1;
}

async function addAddresses(pool: pg.Pool, tenantId: string, addresses: readonly string[]): Promise<number> {
  if (tenantId !== "*") await requireTenant(pool, tenantId);
  const { rowCount } = await pool.query(
    `insert into suppressions (tenant_id, kind, value, reason)
     select $1, 'address', value, 'manual' from unnest($2::text[]) as value
     on conflict (value, kind, tenant_id) do nothing`,
    [tenantId, addresses],
  );
  return rowCount ?? 0;
}

async function removeSuppression(pool: pg.Pool, entry: SuppressionKey): Promise<boolean> {
  const { rowCount } = await pool.query(
    "delete from suppressions where tenant_id = $1 and kind = $2 and value = $3",
    [entry.tenantId, entry.kind, normalise(entry)],
  );
  return rowCount === 1;
}

const columns = `tenant_id as "tenantId", kind, value, reason, send_id as "sendId", created_at as "createdAt",
  to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '~' || value as cursor`;

async function listSuppressions(
  pool: pg.Pool,
  { tenantId, after, limit }: SuppressionPage,
): Promise<Suppression[]> {
  const [at = null, ...value] = after?.split("~") ?? [];
  const { rows } = await pool.query<Suppression>(
    `select ${columns} from suppressions
     where tenant_id = $1 and ($2::timestamptz is null or (created_at, value) > ($2, $3::text))
     order by created_at, value limit $4`,
    [tenantId, at, value.join("~"), limit],
  );
  return rows;
}

async function findSuppression(
  pool: pg.Pool,
  tenantId: string,
  address: string,
): Promise<Suppression | null> {
  const check = checkAddress(address);
  if (check.kind === "invalid") throw new InvalidInput([{ field: "address", problem: check.problem }]);
  const { rows } = await pool.query<Suppression>(
    `select ${columns} from suppressions
     where tenant_id in ($1, '*') and ((kind = 'address' and value = $2) or (kind = 'domain' and value = $3))
     order by kind, tenant_id desc limit 1`,
    [tenantId, check.address, check.domain],
  );
  return rows[0] ?? null;
}
