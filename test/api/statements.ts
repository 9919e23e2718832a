import pg from "pg";
import { vi } from "vitest";

export interface Statement {
  text: string;
  values: unknown[];
  /** Whose rows its connection sees; undefined: it is no tenants' connection. */
  tenant: string | undefined;
}

/** What every connection of this process asks Postgres for. Statements run as ever. */
export function spyOnStatements(): { seen(): Statement[]; forget(): void } {
  const tenants = new WeakMap<pg.Client, string>();
  let seen: Statement[] = [];
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the client that it was called on
  const query = pg.Client.prototype.query as (this: pg.Client, ...args: unknown[]) => unknown;
  vi.spyOn(pg.Client.prototype, "query").mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const [first, second] = args as [string | { text: string; values?: unknown[] }, unknown];
    const text = typeof first === "string" ? first : first.text;
    const given = typeof first === "string" || first.values === undefined ? second : first.values;
    const values = Array.isArray(given) ? (given as unknown[]) : [];
    if (text.includes("set_config('floe.tenant'")) tenants.set(this, String(values[0]));
    else if (/^\s*(select|with)\b/.test(text) && !text.includes("set_config"))
      seen.push({ text, values, tenant: tenants.get(this) });
    return query.apply(this, args);
  });
  return {
    seen: () => seen,
    forget: () => {
      seen = [];
    },
  };
}
