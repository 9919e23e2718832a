import { ActionIcon, Button, Card, Group, SegmentedControl, Stack, Tooltip } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { SegmentFilter } from "../../../domain/segment-filter.js";
import { Condition } from "./condition.js";

export interface FilterPartProps {
  filter: SegmentFilter;
  onChange: (filter: SegmentFilter) => void;
  /** Absent: it is the whole filter. */
  onRemove?: () => void;
}

const modes = [
  { value: "all", label: "All of" },
  { value: "any", label: "Any of" },
  { value: "not", label: "None of" },
];
type Mode = "all" | "any" | "not";

/** A part of a filter: a group of parts, or one condition. */
export function FilterPart({ filter, onChange, onRemove }: FilterPartProps) {
  if (!("all" in filter || "any" in filter || "not" in filter))
    return <Condition filter={filter} onChange={onChange} onRemove={onRemove} />;
  const { mode, parts } = groupOf(filter);
  const set = (next: SegmentFilter[]): void => onChange(filterOf(mode, next));
  return (
    <Card withBorder padding="sm" role="group" aria-label={modes.find(({ value }) => value === mode)?.label}>
      <Stack gap="sm">
        <Group justify="space-between">
          <SegmentedControl
            size="xs"
            aria-label="How the conditions are joined"
            data={modes}
            value={mode}
            onChange={(to) => onChange(filterOf(to as Mode, parts))}
          />
          {onRemove && (
            <Tooltip label="Remove the group">
              <ActionIcon variant="subtle" color="gray" aria-label="Remove the group" onClick={onRemove}>
                <IconTrash size={16} />
              </ActionIcon>
            </Tooltip>
          )}
        </Group>
        {parts.map((part, index) => (
          <FilterPart
            key={index}
            filter={part}
            onChange={(next) => set(parts.with(index, next))}
            onRemove={() => set(parts.toSpliced(index, 1))}
          />
        ))}
        <Group gap="xs">
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlus size={14} />}
            onClick={() => set([...parts, { field: "email", op: "contains", value: "" }])}
          >
            Condition
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlus size={14} />}
            onClick={() => set([...parts, { any: [{ field: "email", op: "contains", value: "" }] }])}
          >
            Group
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

type Grouped = Extract<SegmentFilter, { all: unknown } | { any: unknown } | { not: unknown }>;

function groupOf(filter: Grouped): { mode: Mode; parts: SegmentFilter[] } {
  if ("all" in filter) return { mode: "all", parts: filter.all };
  if ("any" in filter) return { mode: "any", parts: filter.any };
  return { mode: "not", parts: "any" in filter.not ? filter.not.any : [filter.not] };
}

/** None of: not any of. */
function filterOf(mode: Mode, parts: SegmentFilter[]): SegmentFilter {
  return mode === "not" ? { not: { any: parts } } : mode === "all" ? { all: parts } : { any: parts };
}
