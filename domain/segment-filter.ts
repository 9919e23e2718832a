/** Contact fields that a filter may name; everything else is an attribute, written `attributes.<name>`. */
export const contactFields = [
  "email",
  "domain",
  "first_name",
  "last_name",
  "name",
  "time_zone",
  "created_at",
] as const;
export type ContactField = (typeof contactFields)[number];

export type FilterValue = string | number | boolean;

/**
 * A segment's filter. `field` is a contact field or `attributes.<name>`.
 * Compiled to parameterised SQL by `db/segments`; checked by `db`'s boundary schema when it is saved.
 */
export type SegmentFilter =
  | { all: SegmentFilter[] }
  | { any: SegmentFilter[] }
  | { not: SegmentFilter }
  | { field: string; op: "eq" | "ne" | "lt" | "lte" | "gt" | "gte"; value: FilterValue }
  | { field: string; op: "in"; value: FilterValue[] }
  | { field: string; op: "contains" | "starts_with"; value: string }
  | { field: string; op: "exists" }
  | { list: string };

/** Every list that a filter names, with its place in it. */
export function listsNamed(filter: SegmentFilter, path: string): { path: string; listId: string }[] {
  if ("list" in filter) return [{ path: `${path}.list`, listId: filter.list }];
  if ("not" in filter) return listsNamed(filter.not, `${path}.not`);
  if ("all" in filter) return filter.all.flatMap((part, i) => listsNamed(part, `${path}.all[${i}]`));
  if ("any" in filter) return filter.any.flatMap((part, i) => listsNamed(part, `${path}.any[${i}]`));
  return [];
}
