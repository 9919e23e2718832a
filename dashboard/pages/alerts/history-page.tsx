import { useQuery } from "@tanstack/react-query";
import { IconHistory } from "@tabler/icons-react";
import { useCursorPages } from "../../data/cursor-pages.js";
import { DataTable } from "../../parts/data-table.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { eventColumns } from "./history.js";
import { alertsQuery, historyQuery, rulesQuery, type AlertEvent } from "./queries.js";
import { searchOf, useWhose, WhoseChoice } from "./whose.js";

export function HistoryPage() {
  const whose = useWhose();
  const pages = useCursorPages();
  const query = useQuery(historyQuery(whose, { before: pages.cursor }));
  const nameOf = useNames();
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
        columns={[{ id: "of", title: "Alert or rule", cell: nameOf }, ...eventColumns]}
        rowId={({ history_id: id }) => id}
        to={({ alert_id: alert }) => (alert === null ? "/alerts/rules" : `/alerts/${alert}`)}
        empty={
          <EmptyState icon={IconHistory} title="Nothing has happened">
            What is raised, seen to or changed from now on is kept here.
          </EmptyState>
        }
      />
    </>
  );
}

/** The latest alerts by what they are of; older ones, and rules, by the rule. */
function useNames(): (event: AlertEvent) => string {
  const whose = useWhose();
  const alerts = useQuery(alertsQuery(whose, { status: "all" })).data?.data ?? [];
  const rules = useQuery(rulesQuery(whose)).data?.data ?? [];
  return ({ alert_id: alertId, rule_id: ruleId }) => {
    const alert = alerts.find(({ alert_id: id }) => id === alertId);
    if (alert) return `${alert.name}: ${alert.subject}`;
    return rules.find(({ rule_id: id }) => id === ruleId)?.name ?? "a rule that is gone";
  };
}
