import { attributeOf, isAttributeName } from "./attributes.js";
import type { FieldProblem } from "./errors.js";

/** Where the columns of a CSV file go: `{ "col_0": "email", "col_2": "attributes.city" }`. Columns count from 0. */
export type ImportMapping = Record<string, string>;

/** Fields of a contact that a column may fill, besides `attributes.<name>`. */
export const importFields = ["email", "first_name", "last_name", "name", "time_zone"] as const;

/** How the headers of other systems name our fields, in lower case with `_` between words. */
const aliases: Record<string, (typeof importFields)[number]> = {
  email: "email",
  e_mail: "email",
  mail: "email",
  email_address: "email",
  e_mail_address: "email",
  first_name: "first_name",
  firstname: "first_name",
  given_name: "first_name",
  last_name: "last_name",
  lastname: "last_name",
  surname: "last_name",
  family_name: "last_name",
  name: "name",
  full_name: "name",
  time_zone: "time_zone",
  timezone: "time_zone",
};

/** Everything wrong with a mapping that a caller gave; empty when it is good. */
export function checkMapping(mapping: ImportMapping): FieldProblem[] {
  const seen = new Map<string, string>();
  const problems = Object.entries(mapping).flatMap(([column, field]) => {
    const at = `mapping.${column}`;
    if (!/^col_\d{1,4}$/.test(column)) return [{ field: at, problem: "is not a column: col_0 is the first" }];
    if (!isImportField(field)) {
      const accepted = `${importFields.join(", ")} or attributes.<name>`;
      return [{ field: at, problem: `${JSON.stringify(field)} is not a field: ${accepted}` }];
    }
    const twin = seen.get(field);
    seen.set(field, column);
    return twin === undefined ? [] : [{ field: at, problem: `${field} is filled by ${twin} already` }];
  });
  if (problems.length === 0 && !seen.has("email")) {
    return [{ field: "mapping", problem: "has no column for email" }];
  }
  return problems;
}

/**
 * What a header row says by itself: known names become fields, every other name an attribute in lower case with `_` for
 * blanks; `attributes.<name>`, as exports say it, names its attribute exactly. Of two columns for one field the first
 * counts, and a column without a usable name is left out.
 */
export function inferMapping(header: readonly string[]): ImportMapping {
  const mapping: ImportMapping = {};
  const taken = new Set<string>();
  header.forEach((title, column) => {
    const word = title
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/g, "_");
    const inferred = aliases[word] ?? (isAttributeName(word) ? `attributes.${word}` : null);
    const field = attributeOf(title.trim()) === null ? inferred : title.trim();
    if (field === null || taken.has(field)) return;
    taken.add(field);
    mapping[`col_${column}`] = field;
  });
  return mapping;
}

/** The field of each column, by position; null: not imported. A column beyond `width` is a problem of the mapping. */
export function columnsOf(
  mapping: ImportMapping,
  width: number,
): { fields: (string | null)[]; beyond: string[] } {
  const fields = new Array<string | null>(width).fill(null);
  const beyond: string[] = [];
  for (const [column, field] of Object.entries(mapping)) {
    const position = Number(column.slice("col_".length));
    if (position < width) fields[position] = field;
    else beyond.push(column);
  }
  return { fields, beyond };
}

export function isImportField(field: string): boolean {
  return (importFields as readonly string[]).includes(field) || attributeOf(field) !== null;
}
