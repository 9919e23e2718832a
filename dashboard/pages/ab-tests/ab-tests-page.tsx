import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconAB2, IconPlus } from "@tabler/icons-react";
import { Link } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { abTestsQuery, type AbTest } from "./queries.js";

const columns: Column<AbTest>[] = [
  { id: "name", title: "Name", cell: ({ name }) => name },
  {
    id: "status",
    title: "Status",
    cell: ({ status, paused }) => <StatusBadge status={paused ? "paused" : status} />,
  },
  { id: "metric", title: "Decides by", cell: ({ rules }) => rules.metric },
  { id: "variants", title: "Variants", cell: ({ variants }) => variants.length, align: "right" },
  {
    id: "winner",
    title: "Winner",
    cell: ({ winner, variants }) => variants.find(({ variant }) => variant === winner)?.name ?? "—",
  },
  {
    id: "decide_at",
    title: "Decided",
    cell: ({ decided_at: at, decide_at: due }) => <Time at={at ?? due} />,
  },
  { id: "created_at", title: "Created", cell: ({ created_at: at }) => <Time at={at} /> },
];

export function AbTestsPage() {
  const pages = useCursorPages();
  const query = useQuery(abTestsQuery(useApi(), pages.cursor));
  const mayChange = useMay({ resource: "ab-tests", level: "write" });
  const add = mayChange && (
    <Button component={Link} to="/ab-tests/new" leftSection={<IconPlus size={16} />}>
      Compose an A/B test
    </Button>
  );
  return (
    <>
      <PageHeader
        title="A/B tests"
        description="Some get a variant; the rest gets the one that did best."
        actions={add}
      />
      <DataTable
        id="ab-tests"
        label="A/B tests"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ ab_test_id: id }) => id}
        to={({ ab_test_id: id }) => `/ab-tests/${id}`}
        empty={
          <EmptyState icon={IconAB2} title="No A/B tests yet" actions={add}>
            Compose one from two templates and a list; nothing is sent before you start it.
          </EmptyState>
        }
      />
    </>
  );
}
