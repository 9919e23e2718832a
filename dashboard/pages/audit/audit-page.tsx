import { Button, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { modals } from "@mantine/modals";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { IconHistory } from "@tabler/icons-react";
import { answerOf, type RowOf } from "../../data/client.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { given, useFilters } from "../../data/filters.js";
import { pageSize } from "../../data/page-size.js";
import { useWho } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { Difference } from "./difference.js";

export type AuditEntry = RowOf<"audit.list">;

const columns: Column<AuditEntry>[] = [
  { id: "at", title: "When", cell: ({ at }) => <Time at={at} /> },
  { id: "actor", title: "Who", cell: ({ actor }) => actor },
  { id: "action", title: "Did what", cell: ({ action }) => action },
  { id: "subject", title: "To what", cell: ({ subject }) => subject },
  { id: "reason", title: "Why", cell: ({ reason }) => reason ?? "—" },
  { id: "outcome", title: "Outcome", cell: ({ outcome }) => outcome ?? "done" },
  {
    id: "change",
    title: "Change",
    cell: (entry) => (
      <Button
        size="compact-xs"
        variant="default"
        aria-label={`Show the change ${entry.audit_id}`}
        onClick={() => show(entry)}
      >
        Show
      </Button>
    ),
  },
];

function show(entry: AuditEntry): void {
  modals.open({
    title: `${entry.action} of ${entry.subject}`,
    size: "xl",
    closeButtonProps: { "aria-label": "Close" },
    children: (
      <>
        <Text size="sm" mb="sm">
          {entry.actor}, <Time at={entry.at} as="exact" />
          {entry.reason !== null && `: ${entry.reason}`}
        </Text>
        <Difference before={entry.before} after={entry.after} />
      </>
    ),
  });
}

export function AuditPage() {
  const { api, platform, session } = useWho();
  const filters = useFilters("of", "action", "subject");
  const pages = useCursorPages();
  const { of, ...narrowed } = given(filters.values);
  const asked = { ...narrowed, ...(pages.cursor !== undefined && { before: pages.cursor }), limit: pageSize };
  const isPlatform = of === "platform" && session.user.admin;
  const query = useQuery({
    queryKey: ["audit", isPlatform, asked],
    queryFn: ({ signal }) =>
      answerOf(
        isPlatform
          ? platform.GET("/api/audit", { params: { query: { ...asked, tenant_id: "*" } }, signal })
          : api.GET("/api/audit", { params: { query: asked }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
  const later = useDebouncedCallback(filters.set, 300);
  return (
    <>
      <PageHeader title="Audit log" description="Who did what to whose data, newest first." />
      <DataTable
        id="audit"
        label="Audit log"
        query={query}
        pages={pages}
        columns={columns}
        rowId={({ audit_id: id }) => id}
        toolbar={
          <>
            {session.user.admin && (
              <Select
                label="Of"
                data={[
                  { value: "", label: "This tenant" },
                  { value: "platform", label: "The platform" },
                ]}
                value={filters.values.of}
                allowDeselect={false}
                onChange={(value) => filters.set({ of: value ?? "" })}
              />
            )}
            <TextInput
              label="Action"
              placeholder="nodes.pause"
              defaultValue={filters.values.action}
              onChange={(event) => later({ action: event.currentTarget.value.trim() })}
            />
            <TextInput
              label="Id of what it was done to"
              defaultValue={filters.values.subject}
              onChange={(event) => later({ subject: event.currentTarget.value.trim() })}
            />
          </>
        }
        empty={
          <EmptyState
            icon={IconHistory}
            title={filters.any ? "Nothing matches" : "Nothing was done yet"}
            actions={
              filters.any && (
                <Button variant="default" onClick={filters.clear}>
                  Show all
                </Button>
              )
            }
          >
            Every change that somebody makes is listed here, with what it was before and after.
          </EmptyState>
        }
      />
    </>
  );
}
