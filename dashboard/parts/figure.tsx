import { Card, Text } from "@mantine/core";
import type { ReactNode } from "react";

export interface FigureProps {
  name: string;
  value: ReactNode;
  /** Below: what it is compared with, since when. */
  note?: ReactNode;
}

/** One number that is looked at first. */
export function Figure({ name, value, note }: FigureProps) {
  return (
    <Card withBorder padding="md">
      <Text size="sm" c="var(--floe-quiet)">
        {name}
      </Text>
      <Text fz={26} fw={650} className="floe-number" lh={1.3} component="div">
        {value}
      </Text>
      {note !== undefined && (
        <Text size="xs" c="var(--floe-quiet)" component="div">
          {note}
        </Text>
      )}
    </Card>
  );
}
