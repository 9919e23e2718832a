import { JsonInput, Stack, Tabs, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { SegmentFilter } from "../../../domain/segment-filter.js";
import { toProblem } from "../../data/problem.js";
import { useApi } from "../../data/who.js";
import { count } from "../../parts/numbers.js";
import { FilterPart } from "./filter-group.js";
import { filterCountQuery } from "./queries.js";

export interface FilterEditorProps {
  filter: SegmentFilter;
  onChange: (filter: SegmentFilter) => void;
}

const pauseMs = 500;

/** A filter, built or written, and how many contacts match it. */
export function FilterEditor({ filter, onChange }: FilterEditorProps) {
  const [text, setText] = useState<string | null>(null);
  const write = (written: string): void => {
    setText(written);
    const parsed = parse(written);
    if (parsed) onChange(parsed);
  };
  const broken = text !== null && parse(text) === null;
  const isGroup = "all" in filter || "any" in filter || "not" in filter;
  return (
    <Stack>
      <Tabs defaultValue="build" keepMounted={false} onChange={() => setText(null)}>
        <Tabs.List mb="sm" aria-label="How the filter is edited">
          <Tabs.Tab value="build">Build</Tabs.Tab>
          <Tabs.Tab value="json">JSON</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="build">
          <FilterPart filter={isGroup ? filter : { all: [filter] }} onChange={onChange} />
        </Tabs.Panel>
        <Tabs.Panel value="json">
          <JsonInput
            label="Filter"
            autosize
            minRows={8}
            value={text ?? JSON.stringify(filter, null, 2)}
            onChange={write}
            error={broken ? "is no JSON object" : null}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          />
        </Tabs.Panel>
      </Tabs>
      <Matches filter={filter} />
    </Stack>
  );
}

function Matches({ filter }: { filter: SegmentFilter }) {
  const [asked] = useDebouncedValue(filter, pauseMs);
  const { data, error, isFetching } = useQuery(filterCountQuery(useApi(), asked));
  if (error) {
    const { detail, fields } = toProblem(error);
    return (
      <Text size="sm" role="status" c="var(--floe-quiet)">
        Not counted: {fields.map(({ field, problem }) => `${field} ${problem}`).join("; ") || detail}
      </Text>
    );
  }
  return (
    <Text role="status" fw={600} aria-busy={isFetching}>
      {data ? `${count(data.contacts)} contacts match now` : "Counting…"}
    </Text>
  );
}

function parse(text: string): SegmentFilter | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as SegmentFilter) : null;
  } catch {
    return null;
  }
}
