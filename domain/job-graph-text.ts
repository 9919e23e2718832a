import type { JobComparison, JobCondition, JobEdge } from "./job-graph.js";

/** A condition as a person reads it: `mail.sent gt 0 and not list.state eq failed`. */
export function describeCondition(condition: JobCondition): string {
  if ("not" in condition) return `not ${describePart(condition.not)}`;
  if ("and" in condition) return condition.and.map(describePart).join(" and ");
  if ("or" in condition) return condition.or.map(describePart).join(" or ");
  return describeComparison(condition);
}

/** `list`, `list (continue)`, `list (retry 2)`, `list (also skipped)`. */
export function describeEdge({ job, onFailure, retries, onSkip }: JobEdge): string {
  const notes = [
    ...(onFailure === "continue" ? ["continue"] : []),
    ...(onFailure === "retry" ? [`retry ${retries ?? 0}`] : []),
    ...(onSkip === "continue" ? ["also skipped"] : []),
  ];
  return notes.length === 0 ? job : `${job} (${notes.join(", ")})`;
}

function describePart(condition: JobCondition): string {
  const text = describeCondition(condition);
  return "and" in condition || "or" in condition ? `(${text})` : text;
}

function describeComparison({ job, path, op, value }: JobComparison): string {
  if (value === undefined) return `${job}.${path} ${op}`;
  return `${job}.${path} ${op} ${Array.isArray(value) ? value.join("|") : value}`;
}
