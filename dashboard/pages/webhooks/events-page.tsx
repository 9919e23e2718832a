import { Button, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPlus } from "@tabler/icons-react";
import { Link, Outlet } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { given, useFilters } from "../../data/filters.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { eventsQuery, eventTypesQuery, type WebhookEvent } from "./queries.js";
import { WebhookTabs } from "./tabs.js";

const columns: Column<WebhookEvent>[] = [
  { id: "event_id", title: "Event", cell: ({ event_id: id }) => id },
  { id: "type", title: "Type", cell: ({ type }) => type },
  { id: "key", title: "Key", cell: ({ key }) => key ?? "—" },
  { id: "by", title: "Told by", cell: ({ requested_by: by }) => by ?? "Floe" },
  { id: "created_at", title: "Told", cell: ({ created_at: at }) => <Time at={at} /> },
];

export function EventsPage() {
  const api = useApi();
  const mayChange = useMay({ resource: "webhooks", level: "write" });
  const filters = useFilters("type");
  const pages = useCursorPages();
  const query = useQuery(eventsQuery(api, { ...given(filters.values), before: pages.cursor }));
  const { data: types } = useQuery(eventTypesQuery(api));
  return (
    <>
      <PageHeader
        title="Webhooks"
        description="What happened, and endpoints were told."
        actions={
          mayChange && (
            <Button component={Link} to="/webhooks/events/new" leftSection={<IconPlus size={16} />}>
              Publish an event
            </Button>
          )
        }
      />
      <WebhookTabs at="events" />
      <DataTable
        id="webhook-events"
        label="Events"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ event_id: id }) => id}
        to={({ event_id: id }) => `/webhooks/events/${id}`}
        toolbar={
          <Select
            label="Type"
            placeholder="All"
            data={types?.data.map(({ type }) => type) ?? []}
            value={filters.values.type || null}
            onChange={(type) => filters.set({ type: type ?? "" })}
            searchable
            clearable
            w={240}
          />
        }
        empty={
          <EmptyState title="No events">
            An event is written down when an endpoint wants its type; with no endpoint there is none.
          </EmptyState>
        }
      />
      <Outlet />
    </>
  );
}
