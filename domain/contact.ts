import type { Attributes } from "./attributes.js";

/**
 * One contact as it is written: the address normalised by `checkAddress`, `domain` its part after the @. Null: leave what
 * is stored; attributes are merged over the stored ones, name by name.
 */
export interface ContactRow {
  email: string;
  domain: string;
  firstName: string | null;
  lastName: string | null;
  name: string | null;
  /** IANA name. */
  timeZone: string | null;
  attributes: Attributes;
}

/**
 * One row for each address, in order of address: a later row wins field by field, as it would if it came in a later set.
 * Sorted, so that two writers that meet at the same contacts take their locks in the same order.
 */
export function mergeContacts(rows: readonly ContactRow[]): ContactRow[] {
  const byEmail = new Map<string, ContactRow>();
  for (const row of rows) {
    const earlier = byEmail.get(row.email);
    byEmail.set(row.email, earlier ? mergeContact(earlier, row) : row);
  }
  return [...byEmail.values()].sort((a, b) => (a.email < b.email ? -1 : 1));
}

function mergeContact(earlier: ContactRow, later: ContactRow): ContactRow {
  return {
    email: later.email,
    domain: later.domain,
    firstName: later.firstName ?? earlier.firstName,
    lastName: later.lastName ?? earlier.lastName,
    name: later.name ?? earlier.name,
    timeZone: later.timeZone ?? earlier.timeZone,
    attributes: { ...earlier.attributes, ...later.attributes },
  };
}
