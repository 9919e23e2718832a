import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPlus, IconTemplate } from "@tabler/icons-react";
import { Link } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useMay, useWho } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { templatesQuery, type Template } from "./queries.js";

const columns: Column<Template>[] = [
  { id: "name", title: "Name", cell: ({ name }) => name },
  { id: "version", title: "Version", cell: ({ version }) => version, align: "right" },
  { id: "saved_at", title: "Saved", cell: ({ saved_at: at }) => <Time at={at} /> },
  { id: "created_at", title: "Created", cell: ({ created_at: at }) => <Time at={at} /> },
  { id: "template_id", title: "Id", cell: ({ template_id: id }) => id, hidden: true },
];

export function TemplatesPage() {
  const { api } = useWho();
  const mayChange = useMay({ resource: "templates", level: "write" });
  const pages = useCursorPages();
  const query = useQuery(templatesQuery(api, pages.cursor));
  const add = mayChange && (
    <Button component={Link} to="/templates/new" leftSection={<IconPlus size={16} />}>
      Write a template
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Templates"
        description="What messages say, in versions that never change."
        actions={add}
      />
      <DataTable
        id="templates"
        label="Templates"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ template_id: id }) => id}
        to={({ template_id: id }) => `/templates/${id}`}
        empty={
          <EmptyState icon={IconTemplate} title="No templates yet" actions={add}>
            Write one as html or MJML; campaigns, sequences and A/B tests are sent with it.
          </EmptyState>
        }
      />
    </>
  );
}
