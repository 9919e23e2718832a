import { Badge, type MantineColor } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCheck,
  IconCircleDashed,
  IconClock,
  IconPlayerPause,
  IconProgress,
  IconQuestionMark,
  IconX,
} from "@tabler/icons-react";
import type { ComponentType } from "react";

/** What a status means to whoever looks: said by colour, sign and word, so that none of them is needed. */
export type Tone = "good" | "running" | "waiting" | "paused" | "warning" | "bad" | "neutral";

const looks: Record<
  Tone,
  { color: MantineColor; icon: ComponentType<{ size?: number | string; color?: string }> }
> = {
  good: { color: "green", icon: IconCheck },
  running: { color: "blue", icon: IconProgress },
  waiting: { color: "gray", icon: IconClock },
  paused: { color: "yellow", icon: IconPlayerPause },
  warning: { color: "orange", icon: IconAlertTriangle },
  bad: { color: "red", icon: IconX },
  neutral: { color: "gray", icon: IconCircleDashed },
};

/** Statuses of all kinds of work; the same word means the same everywhere. */
const tones: Record<string, Tone> = {
  ...{
    active: "good",
    accepted: "good",
    completed: "good",
    delivered: "good",
    sent: "good",
    succeeded: "good",
  },
  ...{ pass: "good", clean: "good", optional: "neutral", warning: "warning", fail: "bad", listed: "bad" },
  ...{ enabled: "good", healthy: "good", up: "good", verified: "good", retried: "good", resolved: "good" },
  ...{
    processing: "running",
    running: "running",
    sending: "running",
    testing: "running",
    cancelling: "running",
  },
  ...{ draft: "neutral", dismissed: "neutral", cancelled: "neutral", skipped: "neutral", expired: "neutral" },
  ...{ suppressed: "neutral", disabled: "neutral", idle: "neutral" },
  ...{
    pending: "waiting",
    waiting: "waiting",
    scheduled: "waiting",
    deferred: "waiting",
    delayed: "waiting",
  },
  ...{ paused: "paused", held: "paused", acknowledged: "paused", snoozed: "paused", warmup: "running" },
  ...{ unknown: "warning", degraded: "warning", blocked: "warning", open: "warning", firing: "bad" },
  ...{
    bounced: "bad",
    returned: "bad",
    dead: "bad",
    down: "bad",
    failed: "bad",
    refused: "bad",
    rejected: "bad",
  },
};

export interface StatusBadgeProps {
  status: string;
  /** Default: what the word means everywhere. */
  tone?: Tone;
}

export function StatusBadge({ status, tone = tones[status] }: StatusBadgeProps) {
  const { color, icon: Icon } = tone ? looks[tone] : { color: "gray", icon: IconQuestionMark };
  return (
    <Badge
      color={color}
      variant="light"
      tt="none"
      fw={600}
      radius="sm"
      miw="max-content"
      leftSection={<Icon size={13} aria-hidden color={`var(--mantine-color-${color}-filled)`} />}
      style={{ "--badge-color": "var(--mantine-color-text)" }}
    >
      {status.replaceAll(/[-_]/g, " ")}
    </Badge>
  );
}
