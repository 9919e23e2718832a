/** What can be exported, one CSV file each. */
export const exportKinds = ["contacts", "sends", "events", "analytics"] as const;
export type ExportKind = (typeof exportKinds)[number];

/**
 * Statuses of an export (`exports`):
 *
 *   pending ──▶ processing ──▶ completed ──▶ expired
 *      └────────────┴──▶ cancelled | failed
 */
export const exportStatuses = [
  "pending",
  "processing",
  "completed",
  "cancelled",
  "failed",
  "expired",
] as const;
export type ExportStatus = (typeof exportStatuses)[number];

export function exportHasEnded(status: ExportStatus): boolean {
  return status !== "pending" && status !== "processing";
}

/** Which rows; each name counts for the kinds that know it (`filtersOf`). */
export interface ExportFilter {
  /** Id or name, here and below. */
  list?: string;
  segment?: string;
  sendId?: string;
  campaignId?: string;
  eventKinds?: string[];
  /** ISO times: from the first, before the second. Of a send when it was made, of analytics its day (UTC). */
  from?: string;
  to?: string;
}

export const filtersOf: Record<ExportKind, readonly (keyof ExportFilter)[]> = {
  contacts: ["list", "segment"],
  sends: ["sendId", "campaignId", "from", "to"],
  events: ["sendId", "eventKinds", "from", "to"],
  analytics: ["campaignId", "from", "to"],
};

/** The name under which a browser saves it: `contacts-2026-11-25.csv.gz`. */
export function exportFileName(kind: ExportKind, createdAt: Date, gzip: boolean): string {
  return `${kind}-${createdAt.toISOString().slice(0, 10)}.csv${gzip ? ".gz" : ""}`;
}
