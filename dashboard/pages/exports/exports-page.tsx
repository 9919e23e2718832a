import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconFileExport, IconPlus } from "@tabler/icons-react";
import { Link, Outlet } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { bytes } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { WorkProgress } from "../../parts/work-progress.js";
import { exportsQuery, type Export } from "./queries.js";

const columns: Column<Export>[] = [
  { id: "kind", title: "Of", cell: ({ kind, export_id: id }) => `${kind} …${id.slice(-6)}` },
  { id: "status", title: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  {
    id: "progress",
    title: "Rows",
    cell: ({ rows_written: done, rows_total: total }) => (
      <WorkProgress done={done} total={total} label="Rows of the export" />
    ),
  },
  { id: "bytes", title: "Size", align: "right", cell: ({ bytes: size }) => bytes(size) },
  { id: "created_at", title: "Begun", cell: ({ created_at: at }) => <Time at={at} /> },
  { id: "expires_at", title: "Kept until", cell: ({ expires_at: at }) => <Time at={at} as="exact" /> },
];

export function ExportsPage() {
  const api = useApi();
  const mayChange = useMay({ resource: "exports", level: "write" });
  const pages = useCursorPages();
  const query = useQuery(exportsQuery(api, { before: pages.cursor }));
  const add = mayChange && (
    <Button component={Link} to="/exports/new" leftSection={<IconPlus size={16} />}>
      Start an export
    </Button>
  );
  return (
    <>
      <PageHeader title="Exports" description="What the tenant has, as CSV files." actions={add} />
      <DataTable
        id="exports"
        label="Exports"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ export_id: id }) => id}
        to={({ export_id: id }) => `/exports/${id}`}
        empty={
          <EmptyState icon={IconFileExport} title="No exports yet" actions={add}>
            Contacts, sends, events or analytics of any number, as a CSV file that is kept for some days.
          </EmptyState>
        }
      />
      <Outlet />
    </>
  );
}
