import { Button, Group, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconHistory, IconRulerMeasure, IconShieldCheck } from "@tabler/icons-react";
import { Link, Outlet } from "react-router";
import { alertKindNames, amountOf, type AlertKind } from "../../../domain/alerts.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useFilters } from "../../data/filters.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { NoneMatch } from "../../parts/none-match.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { useAlertChanges, type AlertChanges } from "./changes.js";
import { alertsQuery, type Alert, type Severity } from "./queries.js";
import { Standing } from "./standing.js";
import { searchOf, useWhose, WhoseChoice } from "./whose.js";

export function AlertsPage() {
  const whose = useWhose();
  const filters = useFilters("status", "severity", "kind");
  const pages = useCursorPages();
  const { status, severity, kind } = filters.values;
  const query = useQuery(
    alertsQuery(whose, {
      status: status === "" ? "open" : (status as "cleared" | "all"),
      ...(severity !== "" && { severity: severity as Severity }),
      ...(kind !== "" && { kind: kind as AlertKind }),
      before: pages.cursor,
    }),
  );
  const changes = useAlertChanges(whose);
  const search = searchOf(whose);
  return (
    <>
      <PageHeader
        title="Alerts"
        description="What is not as it should be, until it is."
        actions={
          <>
            <WhoseChoice />
            <Button
              variant="default"
              component={Link}
              to={`/alerts/rules${search}`}
              leftSection={<IconRulerMeasure size={16} />}
            >
              Rules
            </Button>
            <Button
              variant="default"
              component={Link}
              to={`/alerts/history${search}`}
              leftSection={<IconHistory size={16} />}
            >
              History
            </Button>
          </>
        }
      />
      <DataTable
        id="alerts"
        label="Alerts"
        query={query}
        pages={pages}
        columns={columnsOf(whose.mayChange ? changes : null)}
        rowId={({ alert_id: id }) => id}
        to={({ alert_id: id }) => `/alerts/${id}`}
        toolbar={
          <>
            <Select
              label="Status"
              data={["open", "cleared", "all"]}
              allowDeselect={false}
              value={status === "" ? "open" : status}
              onChange={(value) => filters.set({ status: value === "open" ? "" : (value ?? "") })}
            />
            <Select
              label="Severity"
              data={["info", "warning", "critical"]}
              clearable
              value={severity === "" ? null : severity}
              onChange={(value) => filters.set({ severity: value ?? "" })}
            />
            <Select
              label="Kind"
              data={alertKindNames}
              clearable
              searchable
              value={kind === "" ? null : kind}
              onChange={(value) => filters.set({ kind: value ?? "" })}
            />
          </>
        }
        empty={
          filters.any ? (
            <NoneMatch title="No alert matches" show="open alerts" onClear={filters.clear}>
              Another status, severity or kind may have some.
            </NoneMatch>
          ) : (
            <EmptyState icon={IconShieldCheck} title="No alert is open">
              What rules watch is as it should be. What was open before is under the status cleared.
            </EmptyState>
          )
        }
      />
      <Outlet />
    </>
  );
}

function columnsOf(changes: AlertChanges | null): Column<Alert>[] {
  const columns: Column<Alert>[] = [
    { id: "name", title: "Alert", cell: ({ name, subject }) => `${name}: ${subject}` },
    { id: "standing", title: "Status", cell: (alert) => <Standing alert={alert} /> },
    { id: "value", title: "Value", align: "right", cell: ({ kind, value }) => amountOf(kind, value) },
    { id: "threshold", title: "Above", align: "right", cell: (one) => amountOf(one.kind, one.fire_above) },
    { id: "raised_at", title: "Raised", cell: ({ raised_at: at }) => <Time at={at} /> },
    { id: "cleared_at", title: "Cleared", hidden: true, cell: ({ cleared_at: at }) => <Time at={at} /> },
    { id: "by", title: "Seen to by", cell: ({ acknowledged_by: by }) => by ?? "—" },
    { id: "kind", title: "Kind", hidden: true, cell: ({ kind }) => kind },
  ];
  if (!changes) return columns;
  return [
    ...columns,
    { id: "actions", title: "Actions", cell: (alert) => <Actions {...{ alert, changes }} /> },
  ];
}

/** Of one that is open; what has cleared needs nobody. */
function Actions({ alert, changes }: { alert: Alert; changes: AlertChanges }) {
  if (alert.cleared_at !== null) return null;
  const name = `${alert.name}: ${alert.subject}`;
  return (
    <Group gap={4} wrap="nowrap">
      {alert.acknowledged_at === null && (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`Acknowledge ${name}`}
          onClick={() => changes.acknowledge(alert)}
        >
          Acknowledge
        </Button>
      )}
      {alert.silenced_until === null && (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`Silence ${name}`}
          onClick={() => changes.silence(alert)}
        >
          Silence
        </Button>
      )}
    </Group>
  );
}
