import { Group, Progress, Stack, Text } from "@mantine/core";
import { count, shareOf } from "./numbers.js";

export interface WorkProgressProps {
  /** What is done with, well or not. */
  done: number;
  failed?: number;
  /** Null while it is not known. */
  total: number | null;
  /** Of what: for a screen reader. */
  label: string;
}

/** How far a piece of work is, in a bar and in figures. */
export function WorkProgress({ done, failed = 0, total, label }: WorkProgressProps) {
  const of = total ?? Math.max(done, 1);
  const part = (value: number): number => (of === 0 ? 0 : Math.min(100, (value / of) * 100));
  return (
    <Stack gap={2} miw={140}>
      <Progress.Root size="sm">
        <Progress.Section value={part(done - failed)} color="green" aria-label={`${label}: done`} />
        <Progress.Section value={part(failed)} color="red" aria-label={`${label}: failed`} />
      </Progress.Root>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="xs" className="floe-number">
          {count(done)} of {total === null ? "?" : count(total)}
          {failed > 0 && `, ${count(failed)} failed`}
        </Text>
        {total !== null && (
          <Text size="xs" className="floe-number">
            {shareOf(done, total)}
          </Text>
        )}
      </Group>
    </Stack>
  );
}
