import { z } from "zod";
import { InvalidInput } from "../domain/errors.js";
import type { SegmentFilter } from "../domain/segment-filter.js";
import { compileSegmentFilter, maxFilterDepth } from "./segment-sql.js";

const text = z.string().max(1_000);
const value = z.union([text, z.number(), z.boolean()], { error: "must be text, a number, true or false" });
const field = z.string().max(100);

const leaves = {
  compare: z.strictObject({ field, op: z.enum(["eq", "ne", "lt", "lte", "gt", "gte"]), value }),
  in: z.strictObject({ field, op: z.literal("in"), value: z.array(value).min(1).max(1_000) }),
  match: z.strictObject({ field, op: z.enum(["contains", "starts_with"]), value: text.min(1) }),
  exists: z.strictObject({ field, op: z.literal("exists") }),
};
const leaf = z.discriminatedUnion("op", [leaves.compare, leaves.in, leaves.match, leaves.exists], {
  error: "must be eq, ne, lt, lte, gt, gte, in, contains, starts_with or exists",
});
const group = z.array(z.unknown()).min(1, "needs at least one condition");
const forms = {
  all: z.strictObject({ all: group }),
  any: z.strictObject({ any: group }),
  not: z.strictObject({ not: z.unknown() }),
  list: z.strictObject({ list: z.string() }),
};

/**
 * Checks a filter that came from outside: its form, its fields and operators, its depth and size.
 *
 * @throws InvalidInput naming every place that is wrong, as in `filter.all[1].field`.
 */
export function parseSegmentFilter(input: unknown): SegmentFilter {
  const filter = parseNode(input, "filter", 1);
  // Which fields exist and what their operators compare, the compiler knows.
  compileSegmentFilter(filter, 1, "c");
  return filter;
}

/** Walks by hand instead of through a recursive union, whose errors would not say which branch was meant. */
function parseNode(input: unknown, path: string, depth: number): SegmentFilter {
  if (depth > maxFilterDepth) refuse(path, `is nested deeper than ${maxFilterDepth} levels`);
  if (typeof input !== "object" || input === null || Array.isArray(input)) refuse(path, "must be an object");
  if ("all" in input) return { all: parseGroup(parse(forms.all, input, path).all, `${path}.all`, depth) };
  if ("any" in input) return { any: parseGroup(parse(forms.any, input, path).any, `${path}.any`, depth) };
  if ("not" in input) return { not: parseNode(parse(forms.not, input, path).not, `${path}.not`, depth + 1) };
  if ("list" in input) return parse(forms.list, input, path);
  if ("field" in input) return parse(leaf, input, path);
  return refuse(path, "must have one of: all, any, not, list, field");
}

function parseGroup(inputs: unknown[], path: string, depth: number): SegmentFilter[] {
  return inputs.map((input, index) => parseNode(input, `${path}[${index}]`, depth + 1));
}

function parse<T>(schema: z.ZodType<T>, input: unknown, path: string): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => ({
    field: issue.path.reduce<string>(
      (at, key) => (typeof key === "number" ? `${at}[${key}]` : `${at}.${String(key)}`),
      path,
    ),
    problem: issue.message,
  }));
  throw new InvalidInput(problems);
}

function refuse(field: string, problem: string): never {
  throw new InvalidInput([{ field, problem }]);
}
