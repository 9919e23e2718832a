import { useQuery } from "@tanstack/react-query";
import { IconHistory } from "@tabler/icons-react";
import { useCursorPages } from "../../data/cursor-pages.js";
import { DataTable } from "../../parts/data-table.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { eventColumns } from "./history.js";
import { historyQuery } from "./queries.js";
import { searchOf, useWhose, WhoseChoice } from "./whose.js";

export function HistoryPage() {
  const whose = useWhose();
  const pages = useCursorPages();
  const query = useQuery(historyQuery(whose, { before: pages.cursor }));
  return (
    <>
      <PageHeader
        title="History of alerts"
        description="Every change of alerts and rules, and who made it."
        trail={[{ title: "Alerts", to: `/alerts${searchOf(whose)}` }]}
        actions={<WhoseChoice />}
      />
      <DataTable
        id="alert-history"
        label="Changes"
        query={query}
        pages={pages}
        columns={eventColumns}
        rowId={({ history_id: id }) => id}
        empty={
          <EmptyState icon={IconHistory} title="Nothing has happened">
            What is raised, seen to or changed from now on is kept here.
          </EmptyState>
        }
      />
    </>
  );
}
