/** What wins: unique opens or clicks of what was delivered, or clicks of what was opened. */
export const abTestMetrics = ["opens", "clicks", "click-to-open"] as const;
export type AbTestMetric = (typeof abTestMetrics)[number];

export interface AbTestRules {
  metric: AbTestMetric;
  /** Of the audience, shared evenly by the variants; 100: there is no rest. */
  sharePercent: number;
  /** From when every variant has been sent to the choice. */
  durationMs: number;
  /** A variant with fewer delivered messages says nothing yet. */
  minimumDelivered: number;
  /** A variant that more recipients than this unsubscribed from cannot win; null: no guard. */
  mostUnsubscribesPercent: number | null;
  /** No variant is better with 95 % confidence: the best so far goes out, or a person is asked. */
  onUnclear: "best" | "hold";
  /** A choice later than this after its time is late: it is sent all the same, and says so, or a person is asked. */
  lateAfterMs: number;
  onLate: "send" | "hold";
}

/**
 * Statuses of an A/B test:
 *
 *   draft ──▶ testing ──▶ sending ──▶ completed
 *                │  ▲        ▲
 *                ▼  person   │
 *               held ────────┘
 *
 * Every one before `completed` can become `cancelled`.
 */
export const abTestStatuses = ["draft", "testing", "held", "sending", "completed", "cancelled"] as const;
export type AbTestStatus = (typeof abTestStatuses)[number];

export function abTestHasEnded(status: AbTestStatus): boolean {
  return status === "completed" || status === "cancelled";
}

export const mostVariants = 5;
/** Contacts are spread over so many buckets by a hash of their id and the test's. */
export const buckets = 10_000;

export interface Buckets {
  from: number;
  /** Not itself. */
  to: number;
}

/** The part of the audience that gets one variant, from 1. Parts are even to one bucket and never overlap. */
export function bucketsOfVariant(sharePercent: number, variants: number, variant: number): Buckets {
  const share = bucketsOfTest(sharePercent);
  return {
    from: Math.floor((share * (variant - 1)) / variants),
    to: Math.floor((share * variant) / variants),
  };
}

/** The rest, which gets the winner. */
export function bucketsOfRest(sharePercent: number): Buckets {
  return { from: bucketsOfTest(sharePercent), to: buckets };
}

function bucketsOfTest(sharePercent: number): number {
  return Math.round((sharePercent * buckets) / 100);
}
