import { Anchor, Checkbox, Group, Stack, Table, Text } from "@mantine/core";
import {
  flexRender,
  getCoreRowModel,
  useReactTable,
  type ColumnDef,
  type Row as TableRow,
  type RowSelectionState,
} from "@tanstack/react-table";
import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo, useState, type MouseEvent, type ReactNode } from "react";
import { Link, useNavigate } from "react-router";
import { useAddress } from "../data/address.js";
import type { CursorPages, Page } from "../data/cursor-pages.js";
import { ColumnMenu, useColumnVisibility } from "./column-menu.js";
import { count } from "./numbers.js";
import { Pager, SearchGoesOn } from "./pager.js";
import { LoadingState, ProblemState } from "./states.js";
import { toProblem } from "../data/problem.js";
import { ScrollRegion } from "./scroll-region.js";
import { useRowKeys } from "./row-keys.js";

export interface Column<Row> {
  id: string;
  title: string;
  cell: (row: Row) => ReactNode;
  align?: "right";
  /** Not shown until somebody wants it. */
  hidden?: true;
}

export interface DataTableProps<Row> {
  /** Under which the choice of columns is remembered. */
  id: string;
  /** What the rows are: `Contacts`. */
  label: string;
  columns: readonly Column<Row>[];
  query: UseQueryResult<Page<Row>>;
  /** Absent: the list has one page. */
  pages?: CursorPages;
  rowId: (row: Row) => string;
  /** Where a row leads; the first column is the link. The list's filters come along. */
  to?: (row: Row) => string;
  /** Shown when there is no row. */
  empty: ReactNode;
  /** What can be done with rows that are selected, by their ids; absent: none can be. */
  bulk?: (ids: readonly string[], done: () => void) => ReactNode;
  /** Filters: above the table, beside the choice of columns. */
  toolbar?: ReactNode;
}

/** A page of a list, with everything that people do to one. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { id, label, columns, query, pages, rowId, to, empty, bulk, toolbar } = props;
  const [visible, setVisible] = useColumnVisibility(id, columns);
  const [selected, setSelected] = useState<RowSelectionState>({});
  const keys = useRowKeys();
  const defs = useMemo(() => columns.map((column) => defOf(column)), [columns]);
  const table = useReactTable({
    data: query.data?.data ?? none,
    columns: defs,
    getCoreRowModel: getCoreRowModel(),
    getRowId: rowId,
    manualPagination: true,
    enableRowSelection: bulk !== undefined,
    state: { columnVisibility: visible, rowSelection: selected },
    onColumnVisibilityChange: setVisible,
    onRowSelectionChange: setSelected,
  });
  const ids = Object.keys(selected);
  const rows = table.getRowModel().rows;
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-end" gap="sm">
        <Group gap="sm" align="flex-end" style={{ flex: 1 }}>
          {toolbar}
        </Group>
        <ColumnMenu table={table} />
      </Group>
      {bulk && ids.length > 0 && (
        <Group gap="sm" role="region" aria-label="Selected rows">
          <Text size="sm" fw={600} role="status">
            {count(ids.length)} selected
          </Text>
          {bulk(ids, () => setSelected({}))}
          <Anchor component="button" type="button" size="sm" onClick={() => setSelected({})}>
            Clear the selection
          </Anchor>
        </Group>
      )}
      {query.data === undefined ? (
        query.isError ? (
          <ProblemState problem={toProblem(query.error)} onAgain={() => void query.refetch()} />
        ) : (
          <LoadingState rows={8} label={`${label}: loading`} />
        )
      ) : rows.length === 0 && pages && query.data.next !== null ? (
        <SearchGoesOn pages={pages} next={query.data.next} />
      ) : rows.length === 0 && pages?.cursor === undefined ? (
        empty
      ) : (
        <ScrollRegion label={label}>
          <Table
            highlightOnHover
            aria-label={label}
            verticalSpacing="xs"
            ref={keys}
            aria-busy={query.isPlaceholderData}
          >
            <Table.Thead>
              <Table.Tr>
                {bulk && (
                  <Table.Th w={36}>
                    <Checkbox
                      aria-label="Select all rows of this page"
                      checked={table.getIsAllRowsSelected()}
                      indeterminate={table.getIsSomeRowsSelected()}
                      onChange={table.getToggleAllRowsSelectedHandler()}
                    />
                  </Table.Th>
                )}
                {table.getFlatHeaders().map(({ id: column, column: { columnDef } }) => (
                  <Table.Th key={column} ta={alignOf(columns, column)} style={{ whiteSpace: "nowrap" }}>
                    {String(columnDef.header)}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Line
                  key={row.id}
                  row={row}
                  columns={columns}
                  to={to?.(row.original)}
                  selectable={bulk !== undefined}
                />
              ))}
            </Table.Tbody>
          </Table>
        </ScrollRegion>
      )}
      {pages && query.data && <Pager pages={pages} next={query.data.next} rows={rows.length} label={label} />}
    </Stack>
  );
}

const none: never[] = [];

function defOf<Row>({ id, title, cell }: Column<Row>): ColumnDef<Row> {
  return { id, header: title, cell: ({ row }) => cell(row.original) };
}

function alignOf<Row>(columns: readonly Column<Row>[], id: string): "right" | "left" {
  return columns.find((column) => column.id === id)?.align ?? "left";
}

interface LineProps<Row> {
  row: TableRow<Row>;
  columns: readonly Column<Row>[];
  to: string | undefined;
  selectable: boolean;
}

function Line<Row>({ row, columns, to, selectable }: LineProps<Row>) {
  const navigate = useNavigate();
  const { search, state } = useAddress();
  const open = (event: MouseEvent<HTMLElement>): void => {
    // Links, buttons and boxes inside do what they do; who marks a text does not want the row.
    if (to === undefined || (event.target as Element).closest("a, button, input, label")) return;
    if (window.getSelection()?.isCollapsed === false) return;
    void navigate({ pathname: to, search }, { state });
  };
  return (
    // The link in it is what the keyboard and a screen reader have.
    <Table.Tr
      onClick={open}
      className={to === undefined ? undefined : "floe-row-link"}
      data-selected={row.getIsSelected() || undefined}
    >
      {selectable && (
        <Table.Td>
          <Checkbox
            aria-label={`Select row ${row.id}`}
            checked={row.getIsSelected()}
            onChange={row.getToggleSelectedHandler()}
          />
        </Table.Td>
      )}
      {row.getVisibleCells().map((cell, index) => {
        const content = flexRender(cell.column.columnDef.cell, cell.getContext());
        return (
          <Table.Td key={cell.id} ta={alignOf(columns, cell.column.id)}>
            {index === 0 && to !== undefined ? (
              <Anchor
                component={Link}
                to={{ pathname: to, search }}
                state={state}
                size="sm"
                fw={500}
                data-row
              >
                {content}
              </Anchor>
            ) : (
              content
            )}
          </Table.Td>
        );
      })}
    </Table.Tr>
  );
}
