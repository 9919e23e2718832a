import { StatusBadge, type Tone } from "../../parts/status-badge.js";
import type { ReputationRow } from "./queries.js";

const gates: Record<ReputationRow["gate"], { status: string; tone: Tone }> = {
  none: { status: "lets through", tone: "good" },
  warn: { status: "warned", tone: "warning" },
  slow: { status: "slowed down", tone: "paused" },
  stop: { status: "stopped", tone: "bad" },
};

export function Gate({ gate }: { gate: ReputationRow["gate"] }) {
  return <StatusBadge {...gates[gate]} />;
}

/** The score of 100; below 70 two published limits are broken. */
export function Score({ score }: { score: number | null }) {
  if (score === null) return <StatusBadge status="too little mail" tone="neutral" />;
  const tone = score >= 85 ? "good" : score >= 70 ? "warning" : "bad";
  return <StatusBadge status={`${Math.round(score)}`} tone={tone} />;
}
