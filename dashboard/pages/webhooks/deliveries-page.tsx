import { Button, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconX } from "@tabler/icons-react";
import { Outlet } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { given, useFilters } from "../../data/filters.js";
import { useApi } from "../../data/who.js";
import { PageHeader } from "../../parts/page-header.js";
import { DeliveryTable } from "./delivery-table.js";
import { deliveriesQuery, deliveryStatuses, webhooksQuery, type DeliveriesAsked } from "./queries.js";
import { WebhookTabs } from "./tabs.js";

export function DeliveriesPage() {
  const api = useApi();
  const filters = useFilters("status", "webhook_id", "event_id");
  const pages = useCursorPages();
  const asked = given(filters.values) as DeliveriesAsked;
  const query = useQuery(deliveriesQuery(api, { ...asked, before: pages.cursor }));
  const endpoints = useQuery(webhooksQuery(api, {}));
  const toolbar = (
    <>
      <Select
        label="Status"
        placeholder="All"
        data={[...deliveryStatuses]}
        value={filters.values.status || null}
        onChange={(status) => filters.set({ status: status ?? "" })}
        clearable
        w={160}
      />
      <Select
        label="Endpoint"
        placeholder="All"
        data={endpoints.data?.data.map(({ webhook_id: value, url: label }) => ({ value, label })) ?? []}
        value={filters.values.webhook_id || null}
        onChange={(id) => filters.set({ webhook_id: id ?? "" })}
        searchable
        clearable
        w={280}
      />
      <TextInput
        label="Event"
        placeholder="its number"
        value={filters.values.event_id}
        onChange={(event) => filters.set({ event_id: event.currentTarget.value.replaceAll(/\D/g, "") })}
        w={140}
      />
      {filters.any && (
        <Button variant="subtle" color="gray" leftSection={<IconX size={16} />} onClick={filters.clear}>
          Clear
        </Button>
      )}
    </>
  );
  return (
    <>
      <PageHeader title="Webhooks" description="What endpoints were told, and what they answered." />
      <WebhookTabs at="deliveries" />
      <DeliveryTable id="deliveries" query={query} pages={pages} toolbar={toolbar} />
      <Outlet />
    </>
  );
}
