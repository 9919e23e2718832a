import { Button, TextInput } from "@mantine/core";
import { IconMailSearch, IconX } from "@tabler/icons-react";
import { useState, type SubmitEvent } from "react";
import { useLocation, useNavigate } from "react-router";
import type { Filters } from "../../data/filters.js";
import { ListPicker, SegmentPicker } from "../../parts/audience-pickers.js";

/** A list, a segment, how an address begins, or one contact by its id. */
export function ContactFilters({ filters }: { filters: Filters<"list" | "segment" | "email_prefix"> }) {
  const navigate = useNavigate();
  const { search } = useLocation();
  const [address, setAddress] = useState(filters.values.email_prefix);
  const find = (event: SubmitEvent): void => {
    event.preventDefault();
    const wanted = address.trim();
    if (/^\d+$/.test(wanted)) void navigate({ pathname: `/contacts/${wanted}`, search });
    else filters.set({ email_prefix: wanted });
  };
  return (
    <>
      <form onSubmit={find} role="search">
        <TextInput
          label="Address begins with, or id"
          placeholder="ann@"
          leftSection={<IconMailSearch size={16} />}
          value={address}
          onChange={(event) => setAddress(event.currentTarget.value)}
          w={260}
        />
      </form>
      <ListPicker
        value={filters.values.list}
        onChange={(list) => filters.set({ list })}
        placeholder="All lists"
      />
      <SegmentPicker
        value={filters.values.segment}
        onChange={(segment) => filters.set({ segment })}
        placeholder="All segments"
      />
      {filters.any && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconX size={16} />}
          onClick={() => {
            setAddress("");
            filters.clear();
          }}
        >
          Clear
        </Button>
      )}
    </>
  );
}
