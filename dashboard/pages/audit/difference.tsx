import { Code, Table, Text } from "@mantine/core";
import { ScrollRegion } from "../../parts/scroll-region.js";

/** What a change made of what was before, field by field; what stayed is left out. */
export function Difference({ before, after }: { before: unknown; after: unknown }) {
  const [was, is] = [flat(before), flat(after)];
  const changed = [...new Set([...was.keys(), ...is.keys()])].filter(
    (field) => was.get(field) !== is.get(field),
  );
  if (changed.length === 0) return <Text size="sm">No field changed, or what changed is not kept.</Text>;
  return (
    <ScrollRegion label="What was changed">
      <Table verticalSpacing="xs">
        <caption className="floe-hidden">What changed</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Field</Table.Th>
            <Table.Th>Before</Table.Th>
            <Table.Th>After</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changed.map((field) => (
            <Table.Tr key={field}>
              <Table.Td fw={600}>{field === "" ? "all" : field}</Table.Td>
              <Table.Td>{was.has(field) ? <Code>− {was.get(field)}</Code> : "—"}</Table.Td>
              <Table.Td>{is.has(field) ? <Code>+ {is.get(field)}</Code> : "—"}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  );
}

/** Paths of fields, and their values as JSON. */
function flat(value: unknown, path = "", into = new Map<string, string>()): Map<string, string> {
  if (value === null || value === undefined) return into;
  if (typeof value !== "object" || Array.isArray(value)) return into.set(path, JSON.stringify(value));
  for (const [name, one] of Object.entries(value)) flat(one, path === "" ? name : `${path}.${name}`, into);
  return into;
}
