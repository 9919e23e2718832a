import { Card, Group, Title } from "@mantine/core";
import type { ReactNode } from "react";

export interface PanelProps {
  title?: string;
  /** At the right of the title. */
  aside?: ReactNode;
  children: ReactNode;
}

/** A part of a page that belongs together. */
export function Panel({ title, aside, children }: PanelProps) {
  return (
    <Card withBorder padding="md" component="section" aria-label={title}>
      {(title !== undefined || aside !== undefined) && (
        <Group justify="space-between" mb="sm" gap="xs">
          {title !== undefined && (
            <Title order={2} size="h5">
              {title}
            </Title>
          )}
          {aside}
        </Group>
      )}
      {children}
    </Card>
  );
}
