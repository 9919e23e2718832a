import { Button, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPlus, IconSitemap } from "@tabler/icons-react";
import { Link } from "react-router";
import type { RowOf } from "../../data/client.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { Count } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { draftOf } from "./draft.js";
import { graphsQuery } from "./queries.js";
import { RunsTable } from "./runs-table.js";

const columns: Column<RowOf<"graphs.list">>[] = [
  { id: "name", title: "Graph", cell: ({ name }) => name },
  {
    id: "jobs",
    title: "Jobs",
    align: "right",
    cell: ({ definition }) => <Count value={draftOf(definition).jobs.length} />,
  },
  { id: "version", title: "Version", align: "right", cell: ({ version }) => <Count value={version} /> },
  { id: "schedule", title: "Recurs", cell: ({ definition }) => draftOf(definition).schedule?.cron ?? "—" },
  { id: "created_at", title: "Saved", cell: ({ created_at: at }) => <Time at={at} /> },
];

export function GraphsPage() {
  const query = useQuery(graphsQuery(useApi()));
  const add = useMay({ resource: "graphs", level: "write" }) && (
    <Button component={Link} to="/graphs/new" leftSection={<IconPlus size={16} />}>
      Draw a graph
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Job graphs"
        description="Jobs that follow each other: campaigns, emails, imports, exports and waits."
        actions={add}
      />
      <Stack gap="xl">
        <DataTable
          id="graphs"
          label="Job graphs"
          query={query}
          columns={columns}
          rowId={({ graph_id: id }) => id}
          to={({ name }) => `/graphs/by-name/${encodeURIComponent(name)}`}
          empty={
            <EmptyState icon={IconSitemap} title="No graph yet" actions={add}>
              Draw one: import contacts, wait a day, send a campaign, export what came of it.
            </EmptyState>
          }
        />
        <section aria-label="Runs">
          <Title order={2} size="h4" mb="sm">
            Runs
          </Title>
          <RunsTable />
        </section>
      </Stack>
    </>
  );
}
