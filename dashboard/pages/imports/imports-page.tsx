import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconFileImport, IconUpload } from "@tabler/icons-react";
import { Link } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { Count } from "../../parts/numbers.js";
import { ShortId } from "../../parts/short-id.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { ImportProgress } from "./import-progress.js";
import { importsQuery, type Import } from "./queries.js";

const columns: Column<Import>[] = [
  { id: "import_id", title: "Import", cell: ({ import_id: id }) => <ShortId id={id} /> },
  { id: "status", title: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { id: "progress", title: "Read", cell: (row) => <ImportProgress row={row} /> },
  { id: "imported", title: "Imported", align: "right", cell: (row) => <Count value={row.rows_imported} /> },
  { id: "created", title: "New", align: "right", cell: (row) => <Count value={row.rows_created} /> },
  { id: "refused", title: "Refused", align: "right", cell: (row) => <Count value={row.rows_refused} /> },
  { id: "created_at", title: "Begun", cell: ({ created_at: at }) => <Time at={at} /> },
  { id: "finished_at", title: "Ended", cell: ({ finished_at: at }) => <Time at={at} />, hidden: true },
];

export function ImportsPage() {
  const api = useApi();
  const mayChange = useMay({ resource: "imports", level: "write" });
  const pages = useCursorPages();
  const query = useQuery(importsQuery(api, { before: pages.cursor }));
  const add = mayChange && (
    <Button component={Link} to="/imports/new" leftSection={<IconUpload size={16} />}>
      Import a file
    </Button>
  );
  return (
    <>
      <PageHeader title="Imports" description="CSV files that become contacts." actions={add} />
      <DataTable
        id="imports"
        label="Imports"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ import_id: id }) => id}
        to={({ import_id: id }) => `/imports/${id}`}
        empty={
          <EmptyState icon={IconFileImport} title="No imports yet" actions={add}>
            A CSV file of any size, alone or in gzip or zip; its columns become fields of contacts.
          </EmptyState>
        }
      />
    </>
  );
}
