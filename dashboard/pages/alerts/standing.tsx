import { Group } from "@mantine/core";
import { StatusBadge } from "../../parts/status-badge.js";
import { severityTones, type Alert } from "./queries.js";

/** How severe it is, and what somebody has done about it. */
export function Standing({ alert }: { alert: Alert }) {
  const { severity, cleared_at: cleared, acknowledged_at: acknowledged, silenced_until: silenced } = alert;
  return (
    <Group gap={4} wrap="nowrap">
      <StatusBadge status={severity} tone={severityTones[severity]} />
      {cleared !== null && <StatusBadge status="cleared" tone="good" />}
      {cleared === null && acknowledged !== null && <StatusBadge status="acknowledged" />}
      {cleared === null && silenced !== null && <StatusBadge status="silenced" tone="paused" />}
      {alert.is_test && <StatusBadge status="test" tone="neutral" />}
    </Group>
  );
}
