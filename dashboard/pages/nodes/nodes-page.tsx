import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPlus, IconServer2 } from "@tabler/icons-react";
import { Outlet } from "react-router";
import type { RowOf } from "../../data/client.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { Count } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { useNodeForms } from "./node-form.js";
import { nodesQuery } from "./queries.js";

const columns: Column<RowOf<"nodes.list">>[] = [
  { id: "node_id", title: "Node", cell: ({ node_id: id }) => id },
  { id: "status", title: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { id: "host", title: "Host", cell: ({ host, port }) => `${host}:${port}` },
  { id: "provider", title: "Provider", cell: ({ provider }) => provider },
  { id: "tenant_id", title: "Of", cell: ({ tenant_id: tenant }) => tenant ?? "everybody (shared)" },
  { id: "weight", title: "Weight", align: "right", cell: ({ weight }) => <Count value={weight} /> },
  {
    id: "max_connections",
    title: "Connections",
    align: "right",
    cell: ({ max_connections: most }) => <Count value={most} />,
  },
];

export function NodesPage() {
  const query = useQuery(nodesQuery(useApi()));
  const mayChange = useMay({ resource: "nodes", level: "own" });
  const { create } = useNodeForms();
  const add = mayChange && (
    <Button leftSection={<IconPlus size={16} />} onClick={create}>
      Add a node
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Nodes"
        description="Mail servers that this tenant’s mail leaves from: its own, and shared ones."
        actions={add}
      />
      <DataTable
        id="nodes"
        label="Nodes"
        query={query}
        columns={columns}
        rowId={({ node_id: id }) => id}
        to={({ node_id: id }) => `/nodes/${id}`}
        empty={
          <EmptyState icon={IconServer2} title="No node yet" actions={add}>
            Nothing can leave without one: add a mail server that takes this tenant’s mail.
          </EmptyState>
        }
      />
      <Outlet />
    </>
  );
}
