/** Fields of one block of a report, by lower-case name; of a repeated one the first. */
export type FieldGroup = ReadonlyMap<string, string>;

const maxGroups = 100;

/** Blocks of header-like fields, divided by empty lines (RFC 3464, 2.1; RFC 5965, 3.1); what is not a field is passed over. */
export function readFieldGroups(text: string): FieldGroup[] {
  return text
    .replaceAll("\r\n", "\n")
    .replace(/\n[ \t]+/g, " ")
    .split(/\n{2,}/, maxGroups)
    .map(readGroup)
    .filter((group) => group.size > 0);
}

function readGroup(block: string): FieldGroup {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (name !== "" && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}
