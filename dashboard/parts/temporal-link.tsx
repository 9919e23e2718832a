import { Anchor, Group } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { useWho } from "../data/who.js";

/** To the history of a workflow; nothing where nobody said where the Web UI is (TEMPORAL_UI_URL). */
export function TemporalLink({
  workflowId,
  children = "History in Temporal",
}: {
  workflowId: string;
  children?: string;
}) {
  const { temporal_ui: base } = useWho().settings;
  if (base === null) return null;
  return (
    <Anchor
      href={`${base}/workflows/${encodeURIComponent(workflowId)}`}
      target="_blank"
      rel="noreferrer"
      size="sm"
    >
      <Group gap={4} display="inline-flex" wrap="nowrap">
        {children}
        <IconExternalLink size={14} aria-label="(a new tab)" />
      </Group>
    </Anchor>
  );
}
