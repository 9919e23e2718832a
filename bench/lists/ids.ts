/** How the rows of the big tables are called, in SQL and in requests. */

/** Rows of one table: `$1` is how many the big tables have. */
export interface Fill {
  table: string;
  sql: string;
}

/** Nine of ten rows are this tenant's. */
export const bigTenant = "big";
export const smallTenants = 50;

/** The id of the nth thing of a kind: like a UUID of version 7, later ones are greater. */
export function idOf(kind: number, nth: number): string {
  const time = (firstTime + nth).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${kind.toString(16).padStart(12, "0")}`;
}

/** Kinds of ids. */
export const ids = {
  ...{ list: 1, segment: 2, template: 3, version: 4, campaign: 5, send: 6, email: 7, import: 8, export: 9 },
  ...{ graph: 10, run: 11, sequence: 12, replay: 13, notification: 14, progress: 15, webhook: 16 },
  ...{ key: 17, user: 18, invitation: 19, session: 20, message: 21, bulk: 22 },
} as const;

/** June 2024, in milliseconds. */
export const firstTime = 0x0190_0000_0000;
