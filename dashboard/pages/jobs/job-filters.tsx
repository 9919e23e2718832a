import { Button, MultiSelect, TextInput } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";
import { useState, type SubmitEvent } from "react";
import { jobKinds, jobStatuses, type JobKind, type JobStatus } from "../../../domain/jobs.js";
import { given, useFilters, type Filters } from "../../data/filters.js";
import type { JobFilter } from "./queries.js";

const names = ["search", "kinds", "statuses", "queue", "error", "webhook_id", "campaign_id"] as const;
type Name = (typeof names)[number];

/** What the list is narrowed to, as the address has it and as the API takes it. */
export function useJobFilters(): { filters: Filters<Name>; filter: JobFilter } {
  const filters = useFilters(...names);
  const { kinds, statuses, ...texts } = given(filters.values);
  return {
    filters,
    filter: {
      ...texts,
      ...(kinds !== undefined && { kinds: kinds.split(",") as JobKind[] }),
      ...(statuses !== undefined && { statuses: statuses.split(",") as JobStatus[] }),
    },
  };
}

/** An id, an address or a text; kinds, statuses; what a link of another page narrowed it to. */
export function JobFilters({ filters }: { filters: Filters<Name> }) {
  const { values, set } = filters;
  const [search, setSearch] = useState(values.search);
  const find = (event: SubmitEvent): void => {
    event.preventDefault();
    set({ search: search.trim() });
  };
  const clear = (): void => {
    setSearch("");
    filters.clear();
  };
  return (
    <>
      <form onSubmit={find} role="search">
        <TextInput
          label="Id, address or text"
          placeholder="ann@example.com"
          leftSection={<IconSearch size={16} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          w={240}
        />
      </form>
      <MultiSelect
        label="Kinds"
        placeholder={values.kinds === "" ? "All" : ""}
        data={[...jobKinds]}
        value={listOf(values.kinds)}
        onChange={(kinds) => set({ kinds: kinds.join(",") })}
        clearable
        miw={180}
        maw={360}
      />
      <MultiSelect
        label="Statuses"
        placeholder={values.statuses === "" ? "All" : ""}
        data={[...jobStatuses]}
        value={listOf(values.statuses)}
        onChange={(statuses) => set({ statuses: statuses.join(",") })}
        clearable
        miw={160}
        maw={360}
      />
      <TextInput
        label="Queue"
        placeholder="All"
        value={values.queue}
        onChange={(event) => set({ queue: event.currentTarget.value })}
        w={170}
      />
      {filters.any && (
        <Button variant="subtle" color="gray" leftSection={<IconX size={16} />} onClick={clear}>
          Clear
        </Button>
      )}
    </>
  );
}

function listOf(text: string): string[] {
  return text === "" ? [] : text.split(",");
}
