/**
 * A page of what is found by looking at rows one after the other, so many at a time that a request stays short: it may hold
 * few rows or none, and `next` says where to go on all the same. Null: nothing is left.
 */
export class WalkedPage<Row> {
  readonly rows: Row[];
  readonly next: string | null;

  constructor(rows: Row[], next: string | null) {
    this.rows = rows;
    this.next = next;
  }
}

export interface WalkQuery {
  after?: string | undefined;
  limit: number;
}

/** Goes on until the page is full or nothing is left. */
export async function fillPage<Query extends WalkQuery, Row>(
  query: Query,
  walk: (query: Query) => Promise<WalkedPage<Row>>,
): Promise<Row[]> {
  const found: Row[] = [];
  let after = query.after;
  for (;;) {
    const { rows, next } = await walk({ ...query, after, limit: query.limit - found.length });
    found.push(...rows);
    if (next === null || found.length >= query.limit) return found;
    after = next;
  }
}
