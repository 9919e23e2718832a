import { ActionIcon, Checkbox, Popover, Stack, Text, Tooltip } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconColumns } from "@tabler/icons-react";
import type { Table, VisibilityState, OnChangeFn } from "@tanstack/react-table";
import type { Column } from "./data-table.js";

/** Which columns of a table a person wants to see, remembered in their browser. */
export function useColumnVisibility<Row>(
  tableId: string,
  columns: readonly Column<Row>[],
): [VisibilityState, OnChangeFn<VisibilityState>] {
  const [chosen, setChosen] = useLocalStorage<VisibilityState>({
    key: `floe-columns:${tableId}`,
    defaultValue: {},
    getInitialValueInEffect: false,
  });
  const own = Object.fromEntries(columns.map(({ id, hidden }) => [id, chosen[id] ?? !hidden]));
  return [own, (change) => setChosen(typeof change === "function" ? change(own) : change)];
}

export function ColumnMenu<Row>({ table }: { table: Table<Row> }) {
  return (
    <Popover position="bottom-end" withArrow shadow="md">
      <Popover.Target>
        <Tooltip label="Choose the columns">
          <ActionIcon size="lg" variant="default" aria-label="Choose the columns">
            <IconColumns size={18} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs" role="group" aria-label="Columns">
          <Text size="xs" fw={600} c="var(--floe-quiet)">
            Columns
          </Text>
          {table.getAllLeafColumns().map((column, index) => (
            <Checkbox
              key={column.id}
              size="sm"
              label={String(column.columnDef.header)}
              checked={column.getIsVisible()}
              // The first says which row it is.
              disabled={index === 0}
              onChange={column.getToggleVisibilityHandler()}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
