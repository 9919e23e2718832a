import { Button, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconMailOff, IconMailSearch, IconPlus } from "@tabler/icons-react";
import { useMemo, useState, type SubmitEvent } from "react";
import { Link, Outlet, useLocation, useNavigate } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useFilters } from "../../data/filters.js";
import { useMay, useWho } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { suppressionsQuery, type Suppression } from "./queries.js";
import { useLift } from "./use-lift.js";

const columns: Column<Suppression>[] = [
  { id: "value", title: "Address or domain", cell: ({ value }) => value },
  { id: "kind", title: "What", cell: ({ kind }) => (kind === "domain" ? "every address of it" : "address") },
  { id: "reason", title: "Why", cell: ({ reason }) => reason },
  { id: "created_at", title: "Since", cell: ({ created_at: at }) => <Time at={at} /> },
];

export function SuppressionsPage() {
  const { api, platform, session } = useWho();
  const { search } = useLocation();
  const mayChange = useMay({ resource: "suppressions", level: "write" });
  const filters = useFilters("of");
  const pages = useCursorPages();
  const ofAll = session.user.admin && filters.values.of === "everybody";
  const query = useQuery(
    suppressionsQuery(ofAll ? platform : api, { ...(ofAll && { tenant_id: "*" }), after: pages.cursor }),
  );
  const lift = useLift();
  const withLift = useMemo<Column<Suppression>[]>(
    () => [
      ...columns,
      {
        id: "lift",
        title: "",
        cell: (row) => (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => lift(row)}
            aria-label={`Lift ${row.value}`}
          >
            Lift
          </Button>
        ),
      },
    ],
    [lift],
  );
  const add = mayChange && (
    <Button
      component={Link}
      to={{ pathname: "/suppressions/new", search }}
      leftSection={<IconPlus size={16} />}
    >
      Suppress
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Suppressions"
        description="Addresses and domains that nothing is sent to, running sends included."
        actions={add}
      />
      <DataTable
        id="suppressions"
        label="Suppressions"
        columns={mayChange ? withLift : columns}
        query={query}
        pages={pages}
        rowId={({ kind, value }) => `${kind} ${value}`}
        {...(!ofAll && {
          to: ({ kind, value }: Suppression) =>
            `/suppressions/${encodeURIComponent(kind === "domain" ? `postmaster@${value}` : value)}`,
        })}
        toolbar={
          <>
            <Search />
            {session.user.admin && (
              <Select
                label="Of"
                data={[
                  { value: "tenant", label: "this tenant" },
                  { value: "everybody", label: "everybody" },
                ]}
                value={filters.values.of || "tenant"}
                onChange={(of) => filters.set({ of: of === "everybody" ? of : "" })}
                allowDeselect={false}
                w={160}
              />
            )}
          </>
        }
        empty={
          <EmptyState icon={IconMailOff} title="Nothing is suppressed" actions={add}>
            Who unsubscribes, complains or bounces comes to stand here by themself.
          </EmptyState>
        }
      />
      <Outlet />
    </>
  );
}

function Search() {
  const navigate = useNavigate();
  const { search } = useLocation();
  const [address, setAddress] = useState("");
  const find = (event: SubmitEvent): void => {
    event.preventDefault();
    const pathname = `/suppressions/${encodeURIComponent(address.trim())}`;
    if (address.trim() !== "") void navigate({ pathname, search });
  };
  return (
    <form onSubmit={find} role="search">
      <TextInput
        label="Is an address suppressed?"
        placeholder="ann@example.com"
        leftSection={<IconMailSearch size={16} />}
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
        w={260}
      />
    </form>
  );
}
