import { Autocomplete, Code, Stack, Table, Text } from "@mantine/core";
import { importFields } from "../../../domain/import-columns.js";
import type { Sample } from "./sample.js";

export interface ColumnMappingProps {
  sample: Sample;
  hasHeader: boolean;
  /** By column: a field of contacts, or nothing. */
  fields: readonly string[];
  onChange: (fields: string[]) => void;
}

/** What each column becomes, beside what stands in it. */
export function ColumnMapping({ sample, hasHeader, fields, onChange }: ColumnMappingProps) {
  const rows = hasHeader ? sample.rows : [sample.header, ...sample.rows];
  return (
    <Stack gap="xs">
      <Table verticalSpacing="xs">
        <caption className="floe-hidden">Columns of the file</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Column, and its first rows</Table.Th>
            <Table.Th>Becomes</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sample.header.map((title, column) => {
            const name = hasHeader ? title : `Column ${column + 1}`;
            return (
              <Table.Tr key={column}>
                <Table.Td>
                  <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
                    {name || "—"}
                  </Text>
                  <Text size="sm" lineClamp={2} c="var(--floe-quiet)" style={{ overflowWrap: "anywhere" }}>
                    {rows
                      .slice(0, 3)
                      .map((row) => row[column] ?? "")
                      .filter((value) => value !== "")
                      .join(" · ") || "—"}
                  </Text>
                </Table.Td>
                <Table.Td miw={170}>
                  <Autocomplete
                    aria-label={`What ${name || `column ${column + 1}`} becomes`}
                    placeholder="Not imported"
                    data={[...importFields]}
                    value={fields[column] ?? ""}
                    onChange={(field) => onChange(fields.with(column, field))}
                    error={
                      fields[column] && fields.indexOf(fields[column]) < column ? "is filled twice" : null
                    }
                  />
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="var(--floe-quiet)">
        A field of contacts, or <Code>attributes.name</Code> with a name of your own; empty: left out.
      </Text>
    </Stack>
  );
}
