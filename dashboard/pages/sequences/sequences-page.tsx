import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPlus, IconStairs } from "@tabler/icons-react";
import { Link } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { sequencesQuery, type Sequence } from "./queries.js";

const columns: Column<Sequence>[] = [
  { id: "name", title: "Name", cell: ({ name }) => name },
  { id: "status", title: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { id: "steps", title: "Steps", cell: ({ rules }) => rules.steps.length, align: "right" },
  { id: "started_at", title: "Started", cell: ({ started_at: at }) => <Time at={at} /> },
  { id: "finished_at", title: "Finished", cell: ({ finished_at: at }) => <Time at={at} /> },
  { id: "created_at", title: "Created", cell: ({ created_at: at }) => <Time at={at} />, hidden: true },
];

export function SequencesPage() {
  const pages = useCursorPages();
  const query = useQuery(sequencesQuery(useApi(), pages.cursor));
  const mayChange = useMay({ resource: "sequences", level: "write" });
  const add = mayChange && (
    <Button component={Link} to="/sequences/new" leftSection={<IconPlus size={16} />}>
      Compose a sequence
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Sequences"
        description="Messages one after another, until somebody answers or leaves."
        actions={add}
      />
      <DataTable
        id="sequences"
        label="Sequences"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ sequence_id: id }) => id}
        to={({ sequence_id: id }) => `/sequences/${id}`}
        empty={
          <EmptyState icon={IconStairs} title="No sequences yet" actions={add}>
            Compose one from templates and a list; nothing is sent before you start it.
          </EmptyState>
        }
      />
    </>
  );
}
