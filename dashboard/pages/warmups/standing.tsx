import { Group } from "@mantine/core";
import { StatusBadge, type Tone } from "../../parts/status-badge.js";
import type { WarmupRow } from "./queries.js";

const tones: Record<NonNullable<WarmupRow["health"]>["level"], Tone> = {
  ...({ healthy: "good", warn: "warning", hold: "paused" } as const),
  ...({ "step-back": "warning", stop: "bad" } as const),
};

/** How it stands, and who paused it. */
export function WarmupStatus({ warmup: { status, paused_by: by } }: { warmup: WarmupRow }) {
  return (
    <Group gap={4} wrap="nowrap">
      <StatusBadge status={status} tone={status === "done" ? "good" : toneOf(status)} />
      {by !== null && <StatusBadge status={`by ${by}`} tone={by === "health" ? "bad" : "neutral"} />}
    </Group>
  );
}

function toneOf(status: WarmupRow["status"]): Tone {
  if (status === "active") return "running";
  return status === "paused" ? "paused" : "neutral";
}

/** What the receiving side thinks of it. */
export function Health({ health }: { health: WarmupRow["health"] }) {
  return health === null ? "—" : <StatusBadge status={health.level} tone={tones[health.level]} />;
}
