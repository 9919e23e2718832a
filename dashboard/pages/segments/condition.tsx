import { ActionIcon, Autocomplete, Group, Select, TagsInput, TextInput, Tooltip } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { contactFields, type FilterValue, type SegmentFilter } from "../../../domain/segment-filter.js";
import { ListPicker } from "../../parts/audience-pickers.js";

type Conditional = Exclude<SegmentFilter, { all: unknown } | { any: unknown } | { not: unknown }>;
type Op = Extract<Conditional, { op: unknown }>["op"];

const ops: { value: Op; label: string }[] = [
  { value: "eq", label: "is" },
  { value: "ne", label: "is not" },
  { value: "contains", label: "contains" },
  { value: "starts_with", label: "starts with" },
  { value: "in", label: "is one of" },
  { value: "lt", label: "is below" },
  { value: "lte", label: "is at most" },
  { value: "gt", label: "is above" },
  { value: "gte", label: "is at least" },
  { value: "exists", label: "is there" },
];

const onList = "on the list";

export interface ConditionProps {
  filter: Conditional;
  onChange: (filter: SegmentFilter) => void;
  onRemove?: (() => void) | undefined;
}

/** A field, an operator, a value; or a list. */
export function Condition({ filter, onChange, onRemove }: ConditionProps) {
  const field = "list" in filter ? onList : filter.field;
  const rename = (to: string): void =>
    onChange(
      to === onList
        ? { list: "" }
        : "list" in filter
          ? { field: to, op: "eq", value: "" }
          : { ...filter, field: to },
    );
  return (
    <Group gap="xs" align="flex-start">
      <Autocomplete
        aria-label="Field"
        data={[onList, ...contactFields, "attributes."]}
        value={field}
        onChange={rename}
        w={190}
      />
      {"list" in filter ? (
        <ListPicker
          label={null}
          value={filter.list}
          onChange={(list) => onChange({ list })}
          placeholder="List"
        />
      ) : (
        <>
          <Select
            aria-label="Operator"
            data={ops}
            value={filter.op}
            onChange={(op) => op && onChange(withOp(filter, op))}
            allowDeselect={false}
            w={130}
          />
          {filter.op === "in" ? (
            <TagsInput
              aria-label="Values"
              placeholder="Enter after each"
              value={filter.value.map(String)}
              onChange={(values) =>
                onChange({ ...filter, value: values.map((text) => valueOf(filter.field, text)) })
              }
              w={240}
            />
          ) : (
            filter.op !== "exists" && (
              <TextInput
                aria-label="Value"
                value={String(filter.value)}
                onChange={(event) => onChange(withValue(filter, event.currentTarget.value))}
                w={240}
              />
            )
          )}
        </>
      )}
      {onRemove && (
        <Tooltip label="Remove the condition">
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label="Remove the condition"
            onClick={onRemove}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Tooltip>
      )}
    </Group>
  );
}

type Fielded = Extract<Conditional, { field: string }>;

function withOp({ field, ...rest }: Fielded, op: Op): SegmentFilter {
  const value = "value" in rest ? rest.value : "";
  const first: FilterValue = Array.isArray(value) ? (value[0] ?? "") : value;
  if (op === "exists") return { field, op };
  if (op === "in") return { field, op, value: Array.isArray(value) ? value : first === "" ? [] : [first] };
  if (op === "contains" || op === "starts_with") return { field, op, value: String(first) };
  return { field, op, value: first };
}

function withValue(filter: Fielded, text: string): SegmentFilter {
  const { field, op } = filter;
  if (op === "exists" || op === "in") return filter;
  if (op === "contains" || op === "starts_with") return { field, op, value: text };
  return { field, op, value: valueOf(field, text) };
}

/** Attributes may be numbers and truths; a number is one when it would be written so. */
function valueOf(field: string, text: string): FilterValue {
  if (!field.startsWith("attributes.")) return text;
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && String(Number(text)) === text ? Number(text) : text;
}
