import type { ConditionValue, JobComparison, JobCondition, JobOutcomes, JobState } from "./job-graph.js";

/** Whether a condition holds. A value that is not there compares as false, also by `ne`. */
export function holds(condition: JobCondition, outcomes: JobOutcomes): boolean {
  if ("and" in condition) return condition.and.every((part) => holds(part, outcomes));
  if ("or" in condition) return condition.or.some((part) => holds(part, outcomes));
  if ("not" in condition) return !holds(condition.not, outcomes);
  return compare(condition, valueOf(condition, outcomes));
}

/**
 * What can be said of a condition when of some jobs only the state is known: true, false, or undefined when it depends on
 * what the jobs come to. A job not in `states` may end in any way.
 */
export function foresee(condition: JobCondition, states: ReadonlyMap<string, JobState>): boolean | undefined {
  if ("not" in condition) {
    const inner = foresee(condition.not, states);
    return inner === undefined ? undefined : !inner;
  }
  if ("and" in condition || "or" in condition) {
    const decisive = "or" in condition;
    const parts = (decisive ? condition.or : condition.and).map((part) => foresee(part, states));
    if (parts.includes(decisive)) return decisive;
    return parts.includes(undefined) ? undefined : !decisive;
  }
  const state = states.get(condition.job);
  return condition.path === "state" && state !== undefined ? compare(condition, state) : undefined;
}

/** Every comparison inside, each with its field's path. */
export function comparisonsOf(
  condition: JobCondition,
  field: string,
): { comparison: JobComparison; field: string }[] {
  if ("not" in condition) return comparisonsOf(condition.not, `${field}.not`);
  if ("and" in condition) return condition.and.flatMap((part, i) => comparisonsOf(part, `${field}.and.${i}`));
  if ("or" in condition) return condition.or.flatMap((part, i) => comparisonsOf(part, `${field}.or.${i}`));
  return [{ comparison: condition, field }];
}

function valueOf({ job, path }: JobComparison, outcomes: JobOutcomes): ConditionValue | undefined {
  const outcome = outcomes[job];
  return path === "state" ? outcome?.state : outcome?.result[path];
}

function compare({ op, value: wanted }: JobComparison, value: ConditionValue | undefined): boolean {
  if (value === undefined) return false;
  switch (op) {
    case "exists":
      return true;
    case "in":
      return Array.isArray(wanted) && wanted.includes(value);
    case "eq":
      return value === wanted;
    case "ne":
      return value !== wanted;
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return typeof value === "number" && typeof wanted === "number" && isInOrder(op, value, wanted);
  }
}

function isInOrder(op: "gt" | "gte" | "lt" | "lte", value: number, wanted: number): boolean {
  if (op === "gt") return value > wanted;
  if (op === "gte") return value >= wanted;
  return op === "lt" ? value < wanted : value <= wanted;
}
