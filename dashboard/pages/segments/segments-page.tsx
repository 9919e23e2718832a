import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconFilter, IconPlus } from "@tabler/icons-react";
import { Link } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { segmentsQuery, type Segment } from "./queries.js";

const columns: Column<Segment>[] = [
  { id: "name", title: "Name", cell: ({ name }) => name },
  { id: "updated_at", title: "Changed", cell: ({ updated_at: at }) => <Time at={at} /> },
  { id: "created_at", title: "Created", cell: ({ created_at: at }) => <Time at={at} /> },
  { id: "segment_id", title: "Id", cell: ({ segment_id: id }) => id, hidden: true },
];

export function SegmentsPage() {
  const api = useApi();
  const mayChange = useMay({ resource: "segments", level: "write" });
  const pages = useCursorPages();
  const query = useQuery(segmentsQuery(api, { after: pages.cursor }));
  const add = mayChange && (
    <Button component={Link} to="/segments/new" leftSection={<IconPlus size={16} />}>
      Create a segment
    </Button>
  );
  return (
    <>
      <PageHeader title="Segments" description="Contacts by what is known of them." actions={add} />
      <DataTable
        id="segments"
        label="Segments"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ segment_id: id }) => id}
        to={({ segment_id: id }) => `/segments/${id}`}
        empty={
          <EmptyState icon={IconFilter} title="No segments yet" actions={add}>
            A segment is a filter: whoever matches it when something is sent, gets it.
          </EmptyState>
        }
      />
    </>
  );
}
