import type pg from "pg";
import { InvalidInput, type FieldProblem } from "../domain/errors.js";
import type { Limit } from "../domain/permits.js";

export interface LimitStore {
  /** Replaces all limits of that scope and key. @throws InvalidInput naming every wrong field */
  setLimit(limit: Limit): Promise<void>;
  /** By scope and key: all, which permits are granted against, or a tenant's own. */
  listLimits(tenantId?: string): Promise<Limit[]>;
  /** @returns null when nothing limits it. */
  loadLimit(scope: Limit["scope"], key: string): Promise<Limit | null>;
  /** Takes the limit away. @returns false when there was none. */
  removeLimit(scope: Limit["scope"], key: string): Promise<boolean>;
}

export function createLimitStore(pool: pg.Pool): LimitStore {
  return {
    setLimit: (limit) => setLimit(pool, limit),
    listLimits: (tenantId) => listLimits(pool, tenantId),
    loadLimit: (scope, key) => loadLimit(pool, scope, key),
    removeLimit: (scope, key) => removeLimit(pool, scope, key),
  };
}

async function setLimit(pool: pg.Pool, limit: Limit): Promise<void> {
  checkLimit(limit);
  await pool.query(
    `insert into limits (scope, key, per_second, burst, per_day, concurrency) values ($1, $2, $3, $4, $5, $6)
     on conflict (scope, key) do update set per_second = excluded.per_second, burst = excluded.burst,
       per_day = excluded.per_day, concurrency = excluded.concurrency, updated_at = now()`,
    [
      ...[limit.scope, limit.key, limit.perSecond ?? null, limit.burst ?? null, limit.perDay ?? null],
      limit.concurrency ?? null,
    ],
  );
}

function checkLimit(limit: Limit): void {
  const { scope, key, perSecond, burst, perDay, concurrency } = limit;
  const problems: FieldProblem[] = [];
  if (scope === "send") problems.push({ field: "scope", problem: "a send's rate is set on the send" });
  if (key === "") problems.push({ field: "key", problem: "is empty" });
  if (perSecond !== undefined && !(perSecond > 0 && Number.isFinite(perSecond))) {
    problems.push({ field: "perSecond", problem: "must be above zero" });
  }
  for (const [field, value] of Object.entries({ burst, perDay, concurrency })) {
    if (value !== undefined && !(Number.isInteger(value) && value > 0 && value < 2 ** 31)) {
      problems.push({ field, problem: "must be a whole number above zero" });
    }
  }
  if ([perSecond, burst, perDay, concurrency].every((value) => value === undefined)) {
    problems.push({
      field: "perSecond",
      problem: "give at least one of perSecond, burst, perDay, concurrency",
    });
  }
  if (problems.length > 0) throw new InvalidInput(problems);
}

interface LimitRow {
  scope: Limit["scope"];
  key: string;
  per_second: number | null;
  burst: number | null;
  per_day: number | null;
  concurrency: number | null;
}

async function listLimits(pool: pg.Pool, tenantId?: string): Promise<Limit[]> {
  const { rows } = await pool.query<LimitRow>({
    name: "load-limits",
    text: `select scope, key, per_second, burst, per_day, concurrency from limits
           where $1::text is null or (scope = 'tenant' and split_part(key, '/', 1) = $1) order by scope, key`,
    values: [tenantId ?? null],
  });
  return rows.map(toLimit);
}

async function loadLimit(pool: pg.Pool, scope: Limit["scope"], key: string): Promise<Limit | null> {
  const { rows } = await pool.query<LimitRow>(
    "select scope, key, per_second, burst, per_day, concurrency from limits where scope = $1 and key = $2",
    [scope, key],
  );
  return rows[0] ? toLimit(rows[0]) : null;
}

/** Absent, not null: a missing figure means that there is no limit of that kind. */
function toLimit(row: LimitRow): Limit {
  return {
    scope: row.scope,
    key: row.key,
    ...(row.per_second !== null && { perSecond: row.per_second }),
    ...(row.burst !== null && { burst: row.burst }),
    ...(row.per_day !== null && { perDay: row.per_day }),
    ...(row.concurrency !== null && { concurrency: row.concurrency }),
  };
}

async function removeLimit(pool: pg.Pool, scope: Limit["scope"], key: string): Promise<boolean> {
  const { rowCount } = await pool.query("delete from limits where scope = $1 and key = $2", [scope, key]);
  return rowCount === 1;
}
