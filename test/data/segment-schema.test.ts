import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseSegmentFilter } from "../../db/segments.js";
import { InvalidInput } from "../../domain/errors.js";

describe("parseSegmentFilter", () => {
  const ok = { field: "email", op: "exists" };
  const nested = (depth: number): unknown => (depth === 0 ? ok : { not: nested(depth - 1) });
  it.each([
    ["filter.all[1].field", { all: [ok, { field: "emial", op: "exists" }] }],
    ["filter.any[0].not.field", { any: [{ not: { field: "attributes.a;b", op: "exists" } }] }],
    ["filter.field", { field: "attributes.__proto__", op: "exists" }],
    ["filter.op", { field: "email", op: "like", value: "x" }],
    ["filter.op", { field: "created_at", op: "contains", value: "2026" }],
    ["filter.value", { field: "email", op: "eq", value: { a: 1 } }],
    ["filter.value", { field: "email", op: "eq", value: "a\u0000b" }],
    ["filter.value", { field: "email", op: "contains", value: "" }],
    ["filter.value", { field: "email", op: "gt", value: true }],
    ["filter.value", { field: "created_at", op: "gt", value: "yesterday" }],
    ["filter.value", { field: "created_at", op: "gt", value: "0000-01-01" }],
    ["filter.value[1]", { field: "created_at", op: "in", value: ["2026-01-01", 5] }],
    ["filter.value", { field: "email", op: "in", value: [] }],
    ["filter.list", { list: "newsletter" }],
    ["filter.all", { all: [] }],
    ["filter", { all: [ok], any: [ok] }],
    ["filter", "email = 'x'"],
    ["filter", []],
    ["filter", { field: "email", op: "exists", extra: 1 }],
    ["filter.not.not.not.not.not.not.not.not.not.not", nested(10)],
    ["filter.all[99]", { all: Array.from({ length: 100 }, () => ok) }],
  ])("names %s when that is what is wrong", (path, input) => {
    expect(() => parseSegmentFilter(input)).toThrow(InvalidInput);
    try {
      parseSegmentFilter(input);
    } catch (error) {
      expect((error as InvalidInput).problems.map((problem) => problem.field)).toContain(path);
    }
  });

  it("keeps a good filter as it is", () => {
    const filter = {
      all: [{ field: "attributes.plan", op: "in", value: ["pro", 3, true] }, { not: { list: randomUUID() } }],
    };
    expect(parseSegmentFilter(filter)).toEqual(filter);
  });
});
