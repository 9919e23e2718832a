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

/** The score of 100. */
export function Score({ score }: { score: number | null }) {
  if (score === null) return <StatusBadge status="too little mail" tone="neutral" />;
  return <StatusBadge status={`${Math.round(score)}`} tone={levelOf(score).tone} />;
}

/** The score in a word. */
export function ScoreLevel({ score }: { score: number | null }) {
  return score === null ? <Score score={score} /> : <StatusBadge {...levelOf(score)} />;
}

/** Below 70 two published limits are broken. */
function levelOf(score: number): { status: string; tone: Tone } {
  if (score >= 85) return { status: "good", tone: "good" };
  return score >= 70 ? { status: "suffers", tone: "warning" } : { status: "bad", tone: "bad" };
}
