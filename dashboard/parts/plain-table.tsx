import { Table } from "@mantine/core";
import type { Column } from "./data-table.js";
import { ScrollRegion } from "./scroll-region.js";

export interface PlainTableProps<Row> {
  /** What the rows are: read out before them. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
}

/** Rows that are all there: a part of a page, not a list of its own. */
export function PlainTable<Row>({ label, columns, rows, rowId }: PlainTableProps<Row>) {
  return (
    <ScrollRegion label={label}>
      <Table verticalSpacing={6} aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ id, title, align }) => (
              <Table.Th key={id} ta={align === "right" ? "right" : "left"} style={{ whiteSpace: "nowrap" }}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowId(row)}>
              {columns.map(({ id, cell, align }) => (
                <Table.Td
                  key={id}
                  ta={align === "right" ? "right" : "left"}
                  className="floe-number"
                  style={align && { whiteSpace: "nowrap" }}
                >
                  {cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  );
}
