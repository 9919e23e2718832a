import { useQuery } from "@tanstack/react-query";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { WorkProgress } from "../../parts/work-progress.js";
import { bulksQuery, type Bulk } from "./queries.js";
import { verbs } from "./verbs.js";

const columns: Column<Bulk>[] = [
  { id: "action", title: "Action", cell: ({ action }) => verbs[action].verb },
  { id: "status", title: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  {
    id: "progress",
    title: "Jobs",
    cell: ({ done, refused, items }) => (
      <WorkProgress done={done + refused} failed={refused} total={items} label="Jobs" />
    ),
  },
  { id: "actor", title: "By", cell: ({ actor }) => actor },
  { id: "reason", title: "Why", cell: ({ reason }) => reason ?? "—" },
  { id: "created_at", title: "Begun", cell: ({ created_at: at }) => <Time at={at} /> },
];

export function BulksPage() {
  const pages = useCursorPages();
  const query = useQuery(bulksQuery(useApi(), { before: pages.cursor }));
  return (
    <>
      <PageHeader
        title="Actions on many jobs"
        trail={[{ title: "Jobs", to: "/jobs" }]}
        description="What was retried, cancelled or removed together."
      />
      <DataTable
        id="job-bulks"
        label="Actions on many jobs"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ bulk_id: id }) => id}
        to={({ bulk_id: id }) => `/jobs/many/${id}`}
        empty={
          <EmptyState title="None yet">
            Narrow the list of jobs, and choose what to do with all that match; or select some.
          </EmptyState>
        }
      />
    </>
  );
}
