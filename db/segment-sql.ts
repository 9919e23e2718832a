import { attributeOf } from "../domain/attributes.js";
import { InvalidInput } from "../domain/errors.js";
import { contactFields, type FilterValue, type SegmentFilter } from "../domain/segment-filter.js";

/** A piece of SQL over one contact, and the values of its `$n`. */
export interface CompiledFilter {
  sql: string;
  params: unknown[];
}

/** Deepest nesting of `all`, `any` and `not`. */
export const maxFilterDepth = 10;
/** Conditions and groups of one filter, all levels together. */
export const maxFilterNodes = 100;

/**
 * Text that counts as a number, so that a CSV's `"42"` and the SDK's `42` compare alike. Bounded so that no text makes the
 * cast to double precision fail (it would above 1e308 and below 1e-308); 255 is the most that Postgres repeats.
 */
export const numberPattern = "^-?[0-9]{1,255}([.][0-9]{1,255})?$";

type Leaf = Extract<SegmentFilter, { field: string }>;

const inequalities = { lt: "<", lte: "<=", gt: ">", gte: ">=" } as const;

/**
 * Compiles a filter to a boolean expression over the columns of `contacts`, which the caller's query calls `alias`. Values
 * and attribute names travel as parameters, numbered from `firstParam`; no input becomes part of the text.
 *
 * The expression is never null: a missing value matches nothing, `ne` included, and `not` turns exactly the others
 * around. A number compares numerically, also with text that looks like one; texts compare by code point
 * (`email` and `domain` in lower case, as they are stored); `created_at` compares with an ISO 8601 time. Membership of a
 * list counts only for lists of the contact's own tenant.
 *
 * @throws InvalidInput naming the place, as in `filter.all[1].field`.
 */
export function compileSegmentFilter(
  filter: SegmentFilter,
  firstParam: number,
  alias: string,
): CompiledFilter {
  if (!/^[a-z_][a-z0-9_]*$/.test(alias)) throw new Error(`${JSON.stringify(alias)} is not an alias.`);
  const compiler = new Compiler(firstParam, alias);
  const sql = compiler.compile(filter, "filter", 1);
  return { sql, params: compiler.params };
}

class Compiler {
  readonly params: unknown[] = [];
  private readonly firstParam: number;
  private readonly alias: string;
  private nodes = 0;

  constructor(firstParam: number, alias: string) {
    this.firstParam = firstParam;
    this.alias = alias;
  }

  compile(filter: SegmentFilter, path: string, depth: number): string {
    this.nodes += 1;
    if (this.nodes > maxFilterNodes)
      refuse(path, `has more than ${maxFilterNodes} conditions; split the segment`);
    if (depth > maxFilterDepth) refuse(path, `is nested deeper than ${maxFilterDepth} levels`);
    if ("all" in filter) return this.group(filter.all, "and", `${path}.all`, depth);
    if ("any" in filter) return this.group(filter.any, "or", `${path}.any`, depth);
    if ("not" in filter) return `(not ${this.compile(filter.not, `${path}.not`, depth + 1)})`;
    if ("list" in filter) return this.membership(filter.list, `${path}.list`);
    return this.leaf(filter, path);
  }

  private group(filters: SegmentFilter[], word: "and" | "or", path: string, depth: number): string {
    if (filters.length === 0) return word === "and" ? "true" : "false";
    const parts = filters.map((filter, index) => this.compile(filter, `${path}[${index}]`, depth + 1));
    return `(${parts.join(` ${word} `)})`;
  }

  private membership(listId: string, path: string): string {
    if (!isUuid(listId)) refuse(path, "is not a list id");
    return (
      `exists (select 1 from list_contacts m join lists l using (list_id)` +
      ` where m.list_id = ${this.param(listId, "uuid")} and m.contact_id = ${this.alias}.contact_id` +
      ` and l.tenant_id = ${this.alias}.tenant_id)`
    );
  }

  private leaf(leaf: Leaf, path: string): string {
    const text = this.textOf(leaf.field, `${path}.field`);
    switch (leaf.op) {
      case "exists":
        return `(${text} is not null)`;
      case "contains":
        return falseIfNull(`strpos(${text}, ${this.needle(leaf, path)}) > 0`);
      case "starts_with":
        return falseIfNull(`starts_with(${text}, ${this.needle(leaf, path)})`);
      case "in":
        return this.isIn(leaf.field, text, leaf.value, (index) => `${path}.value[${index}]`);
      case "eq":
        return this.isIn(leaf.field, text, [leaf.value], () => `${path}.value`);
      case "ne":
        return `(${text} is not null and not ${this.isIn(leaf.field, text, [leaf.value], () => `${path}.value`)})`;
      case "lt":
      case "lte":
      case "gt":
      case "gte":
        return this.compare(leaf.field, text, inequalities[leaf.op], leaf.value, path);
      default:
        return refuse(`${path}.op`, `${JSON.stringify((leaf as { op: unknown }).op)} is not an operator`);
    }
  }

  /** Equal to one of `values`: one parameter for each type among them, however many there are. */
  private isIn(
    field: string,
    text: string,
    values: FilterValue[],
    pathOf: (index: number) => string,
  ): string {
    const texts: string[] = [];
    const numbers: number[] = [];
    const booleans: string[] = [];
    values.forEach((value, index) => {
      if (field === "created_at") texts.push(time(value, pathOf(index)));
      else if (typeof value === "string") texts.push(comparable(field, value, pathOf(index)));
      else if (typeof value === "number") numbers.push(finite(value, pathOf(index)));
      else if (typeof value === "boolean") booleans.push(String(value));
      else refuse(pathOf(index), "is neither text nor a number nor true or false");
    });
    const parts: string[] = [];
    if (field === "created_at")
      parts.push(`${this.alias}.created_at = any(${this.param(texts, "timestamptz[]")})`);
    else if (texts.length > 0) parts.push(`${text} collate "C" = any(${this.param(texts, "text[]")})`);
    if (numbers.length > 0) parts.push(asNumber(text, `= any(${this.param(numbers, "double precision[]")})`));
    if (booleans.length > 0) parts.push(`lower(${text}) = any(${this.param(booleans, "text[]")})`);
    return parts.length === 0 ? "false" : falseIfNull(parts.join(" or "));
  }

  /** Before or after one value in the order of the value's type. */
  private compare(field: string, text: string, operator: string, value: FilterValue, path: string): string {
    const at = `${path}.value`;
    if (field === "created_at") {
      return `(${this.alias}.created_at ${operator} ${this.param(time(value, at), "timestamptz")})`;
    }
    if (typeof value === "number")
      return asNumber(text, `${operator} ${this.param(finite(value, at), "double precision")}`);
    // Code points: the order must not depend on the database's locale.
    return falseIfNull(`${text} collate "C" ${operator} ${this.param(comparable(field, value, at), "text")}`);
  }

  private needle(leaf: Extract<Leaf, { op: "contains" | "starts_with" }>, path: string): string {
    if (leaf.field === "created_at") refuse(`${path}.op`, "created_at is a time; use lt, lte, gt or gte");
    return this.param(comparable(leaf.field, leaf.value, `${path}.value`), "text");
  }

  /** SQL for the field's text; names of columns come from our own list, names of attributes are parameters. */
  private textOf(field: string, path: string): string {
    const column = contactFields.find((known) => known === field);
    if (column === "created_at") return `${this.alias}.created_at::text`;
    if (column) return `${this.alias}.${column}`;
    const attribute = attributeOf(field);
    if (attribute === null) {
      refuse(path, `${JSON.stringify(field)} is neither ${contactFields.join(", ")} nor attributes.<name>`);
    }
    return `(${this.alias}.attributes ->> ${this.param(attribute, "text")})`;
  }

  private param(value: unknown, type: string): string {
    this.params.push(value);
    return `$${this.firstParam + this.params.length - 1}::${type}`;
  }
}

function falseIfNull(sql: string): string {
  return `coalesce(${sql}, false)`;
}

/** `case` and not `and`: only it promises that the cast is not tried on other text. */
function asNumber(text: string, comparison: string): string {
  return `(case when ${text} ~ '${numberPattern}' then ${text}::double precision ${comparison} else false end)`;
}

function finite(value: number, path: string): number {
  return Number.isFinite(value) ? value : refuse(path, "is not a number that can be compared");
}

function comparable(field: string, value: unknown, path: string): string {
  if (typeof value !== "string") return refuse(path, "must be text here");
  // Postgres cannot hold it in a text, so the query would fail instead of matching nothing.
  if (value.includes("\u0000")) return refuse(path, "contains a NUL character");
  return field === "email" || field === "domain" ? value.toLowerCase() : value;
}

function time(value: FilterValue, path: string): string {
  const at = typeof value === "string" && /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value) : NaN;
  // Nothing is older than the product; the year 0 is a time that Postgres does not have.
  if (!(at >= 0)) return refuse(path, "is not a time such as 2026-11-01 or 2026-11-01T09:00:00Z");
  return new Date(at).toISOString();
}

function isUuid(text: unknown): boolean {
  return typeof text === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

function refuse(field: string, problem: string): never {
  throw new InvalidInput([{ field, problem }]);
}
