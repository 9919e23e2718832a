import type { Verdict } from "./blacklist-answers.js";

export const blacklistStatuses = ["listed", "clean", "unknown"] as const;
export type BlacklistStatus = (typeof blacklistStatuses)[number];

export type BlacklistChangeKind = "listed" | "delisted";

/** How it stands after an answer. An error changes nothing: a listing is not over because the list is silent. */
export function statusAfter(before: BlacklistStatus, verdict: Verdict): BlacklistStatus {
  return verdict.kind === "error" ? before : verdict.kind;
}

/** What is worth telling; null: nothing. */
export function changeOf(before: BlacklistStatus, after: BlacklistStatus): BlacklistChangeKind | null {
  if (before === after) return null;
  if (after === "listed") return "listed";
  return before === "listed" && after === "clean" ? "delisted" : null;
}
