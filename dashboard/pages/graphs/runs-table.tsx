import { useQuery } from "@tanstack/react-query";
import { IconRun } from "@tabler/icons-react";
import type { RowOf } from "../../data/client.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { runsQuery } from "./queries.js";

const columns: Column<RowOf<"graph_runs.list">>[] = [
  { id: "run", title: "Run", cell: ({ run_key: key }) => key },
  { id: "graph", title: "Graph", cell: ({ graph_name: name, version }) => `${name}, version ${version}` },
  { id: "status", title: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { id: "created_at", title: "Began", cell: ({ created_at: at }) => <Time at={at} /> },
  { id: "finished_at", title: "Ended", cell: ({ finished_at: at }) => <Time at={at} /> },
];

/** Of one graph, or of all. */
export function RunsTable({ name }: { name?: string }) {
  const pages = useCursorPages();
  const query = useQuery(runsQuery(useApi(), { ...(name !== undefined && { name }), before: pages.cursor }));
  return (
    <DataTable
      id="graph-runs"
      label="Runs"
      query={query}
      pages={pages}
      columns={columns}
      rowId={({ run_id: id }) => id}
      to={({ run_id: id }) => `/graphs/runs/${id}`}
      empty={
        <EmptyState icon={IconRun} title="No runs yet">
          A graph runs when somebody runs it, or as its schedule says.
        </EmptyState>
      }
    />
  );
}
