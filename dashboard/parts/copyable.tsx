import { ActionIcon, Code, CopyButton, Group, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

export interface CopyableProps {
  value: string;
  /** What it is, such as `id of the contact`. */
  label: string;
  /** Only its end is shown, where there is no room. */
  short?: boolean;
}

/** An id that one can take along. */
export function Copyable({ value, label, short = false }: CopyableProps) {
  const text = short && value.length > 12 ? `…${value.slice(-8)}` : value;
  return (
    <Group gap={4} wrap="nowrap" display="inline-flex" maw="100%">
      <Code style={{ overflowWrap: "anywhere" }} title={short ? value : undefined}>
        {text}
      </Code>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? "Copied" : `Copy the ${label}`}>
            <ActionIcon size="sm" onClick={copy} aria-label={copied ? "Copied" : `Copy the ${label}`}>
              {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}
