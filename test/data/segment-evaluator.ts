import type { ContactRow } from "../../domain/contact.js";
import type { FilterValue, SegmentFilter } from "../../domain/segment-filter.js";

/** A stored contact as the evaluator sees it. */
export interface Candidate {
  row: ContactRow;
  createdAt: Date;
  lists: string[];
}

/** What a filter means, without SQL: the reference that the compiled expression is compared with. */
export function matches(filter: SegmentFilter, candidate: Candidate): boolean {
  if ("all" in filter) return filter.all.every((part) => matches(part, candidate));
  if ("any" in filter) return filter.any.some((part) => matches(part, candidate));
  if ("not" in filter) return !matches(filter.not, candidate);
  if ("list" in filter) return candidate.lists.includes(filter.list);
  if (filter.field === "created_at") return matchesTime(filter, candidate.createdAt.getTime());
  const text = textOf(filter.field, candidate.row);
  if (text === null) return false;
  const folded = (value: string): string =>
    filter.field === "email" || filter.field === "domain" ? value.toLowerCase() : value;
  switch (filter.op) {
    case "exists":
      return true;
    case "contains":
      return text.includes(folded(filter.value));
    case "starts_with":
      return text.startsWith(folded(filter.value));
    case "in":
      return filter.value.some((value) => order(text, value, folded) === 0);
    case "eq":
      return order(text, filter.value, folded) === 0;
    case "ne":
      return order(text, filter.value, folded) !== 0;
    case "lt":
    case "lte":
    case "gt":
    case "gte":
      return holds(filter.op, order(text, filter.value, folded));
  }
}

/** Negative, zero or positive; null when the two do not compare. */
function order(text: string, value: FilterValue, folded: (value: string) => string): number | null {
  if (typeof value === "number") {
    if (!/^-?[0-9]{1,255}(\.[0-9]{1,255})?$/.test(text)) return null;
    return Number(text) - value;
  }
  if (typeof value === "boolean") return text.toLowerCase() === String(value) ? 0 : null;
  return Buffer.compare(Buffer.from(text), Buffer.from(folded(value)));
}

function holds(op: "lt" | "lte" | "gt" | "gte", compared: number | null): boolean {
  if (compared === null) return false;
  return { lt: compared < 0, lte: compared <= 0, gt: compared > 0, gte: compared >= 0 }[op];
}

function matchesTime(filter: Extract<SegmentFilter, { field: string }>, at: number): boolean {
  const against = (value: FilterValue): number => at - Date.parse(String(value));
  switch (filter.op) {
    case "exists":
      return true;
    case "eq":
      return against(filter.value) === 0;
    case "ne":
      return against(filter.value) !== 0;
    case "in":
      return filter.value.some((value) => against(value) === 0);
    case "lt":
    case "lte":
    case "gt":
    case "gte":
      return holds(filter.op, against(filter.value));
    case "contains":
    case "starts_with":
      throw new Error("not for times");
  }
}

function textOf(field: string, row: ContactRow): string | null {
  switch (field) {
    case "email":
      return row.email;
    case "domain":
      return row.domain;
    case "first_name":
      return row.firstName;
    case "last_name":
      return row.lastName;
    case "name":
      return row.name;
    case "time_zone":
      return row.timeZone;
    default: {
      const value = row.attributes[field.slice("attributes.".length)];
      return value === undefined || value === null ? null : String(value);
    }
  }
}
