import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPlus, IconWebhook } from "@tabler/icons-react";
import { Link, Outlet } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { Count } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { WebhookHealth } from "./health.js";
import { webhooksQuery, type Webhook } from "./queries.js";
import { WebhookTabs } from "./tabs.js";

const columns: Column<Webhook>[] = [
  {
    id: "url",
    title: "Endpoint",
    cell: ({ url }) => <span className="floe-long">{url}</span>,
  },
  { id: "status", title: "Status", cell: (webhook) => <WebhookHealth webhook={webhook} /> },
  {
    id: "types",
    title: "Events",
    cell: ({ event_types: types }) => (
      <Text size="sm" lineClamp={1}>
        {types?.join(", ") ?? "every type"}
      </Text>
    ),
  },
  {
    id: "failures",
    title: "Failures in a row",
    align: "right",
    cell: ({ failures }) => <Count value={failures} />,
  },
  { id: "failing_since", title: "Failing since", cell: ({ failing_since: at }) => <Time at={at} /> },
  { id: "description", title: "Description", cell: ({ description }) => description || "—", hidden: true },
  { id: "region", title: "Region", cell: ({ region }) => region ?? "—", hidden: true },
  { id: "created_at", title: "Added", cell: ({ created_at: at }) => <Time at={at} />, hidden: true },
];

export function WebhooksPage() {
  const api = useApi();
  const mayChange = useMay({ resource: "webhooks", level: "write" });
  const pages = useCursorPages();
  const query = useQuery(webhooksQuery(api, { before: pages.cursor }));
  const add = mayChange && (
    <Button component={Link} to="/webhooks/new" leftSection={<IconPlus size={16} />}>
      Add an endpoint
    </Button>
  );
  return (
    <>
      <PageHeader title="Webhooks" description="Where others are told of events, signed." actions={add} />
      <WebhookTabs at="endpoints" />
      <DataTable
        id="webhooks"
        label="Endpoints"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ webhook_id: id }) => id}
        to={({ webhook_id: id }) => `/webhooks/${id}`}
        empty={
          <EmptyState icon={IconWebhook} title="No endpoints yet" actions={add}>
            An endpoint is a URL of yours that is told when something happens: an open, a bounce, a send that
            ended.
          </EmptyState>
        }
      />
      <Outlet />
    </>
  );
}
