import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { CursorPages, Page } from "../../data/cursor-pages.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { Count } from "../../parts/numbers.js";
import { ShortId } from "../../parts/short-id.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import type { Delivery } from "./queries.js";

const columns: Column<Delivery>[] = [
  { id: "type", title: "Event", cell: ({ type }) => type },
  { id: "status", title: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { id: "attempts", title: "Attempts", align: "right", cell: ({ attempts }) => <Count value={attempts} /> },
  { id: "answer", title: "Answer", cell: ({ response_status: status, error }) => error ?? status ?? "—" },
  { id: "next", title: "Next attempt", cell: ({ next_attempt_at: at }) => <Time at={at} />, hidden: true },
  { id: "created_at", title: "Told", cell: ({ created_at: at }) => <Time at={at} /> },
];
const endpoint: Column<Delivery> = {
  id: "webhook_id",
  title: "Endpoint",
  cell: ({ webhook_id: id }) => <ShortId id={id} />,
  hidden: true,
};
const withEndpoints = [...columns, endpoint];

export interface DeliveryTableProps {
  id: string;
  query: UseQueryResult<Page<Delivery>>;
  pages?: CursorPages;
  toolbar?: ReactNode;
  withEndpoint?: boolean;
}

export function DeliveryTable({ id, query, pages, toolbar, withEndpoint = true }: DeliveryTableProps) {
  return (
    <DataTable
      id={id}
      label="Deliveries"
      columns={withEndpoint ? withEndpoints : columns}
      query={query}
      {...(pages && { pages })}
      toolbar={toolbar}
      rowId={({ delivery_id: delivery }) => delivery}
      to={({ delivery_id: delivery }) => `/webhooks/deliveries/${delivery}`}
      empty={
        <EmptyState title="Nothing was told">
          What an endpoint is told of stands here, with each of its answers.
        </EmptyState>
      }
    />
  );
}
