/**
 * Statuses of a send (`campaign_sends`): one run of a campaign.
 *
 *   scheduled ──▶ sending ──▶ completed
 *        │         │   ▲
 *        │         ▼   │
 *        ├──────▶ paused
 *        ▼         │
 *   cancelling ◀───┘  ──▶ cancelled
 *
 * `retryFailed` and `resolveUnknown` take `completed` back to `sending`.
 */
export const sendStatuses = [
  "scheduled",
  "sending",
  "paused",
  "cancelling",
  "cancelled",
  "completed",
] as const;
export type SendStatus = (typeof sendStatuses)[number];

const next: Record<SendStatus, readonly SendStatus[]> = {
  scheduled: ["sending", "paused", "cancelling"],
  sending: ["paused", "cancelling", "completed"],
  paused: ["scheduled", "sending", "cancelling"],
  cancelling: ["cancelled"],
  cancelled: [],
  completed: ["sending"],
};

export function sendCanBecome(from: SendStatus, to: SendStatus): boolean {
  return next[from].includes(to);
}

/** The statuses a send may come from to reach `to`: what the `where` of a transition lists. */
export function sendStatusesBefore(to: SendStatus): SendStatus[] {
  return sendStatuses.filter((from) => next[from].includes(to));
}

/**
 * Statuses of a campaign: what a tenant composed.
 *
 *   draft ──▶ sending ──▶ completed | cancelled
 */
export const campaignStatuses = ["draft", "sending", "completed", "cancelled"] as const;
export type CampaignStatus = (typeof campaignStatuses)[number];

/** Statuses of an import (`lead_imports`). */
export const importStatuses = ["pending", "processing", "completed", "cancelled", "failed"] as const;
export type ImportStatus = (typeof importStatuses)[number];
