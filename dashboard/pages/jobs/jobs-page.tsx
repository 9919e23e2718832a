import { Button, Menu, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconChevronDown, IconHistory, IconListSearch } from "@tabler/icons-react";
import { useState } from "react";
import { Link, Outlet } from "react-router";
import { jobActions, type JobAction, type JobKind } from "../../../domain/jobs.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { NoneMatch } from "../../parts/none-match.js";
import { Count } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { BulkDialog } from "./bulk-dialog.js";
import { JobFilters, useJobFilters } from "./job-filters.js";
import { jobsQuery, type Job, type JobTarget } from "./queries.js";
import { toneOf } from "./tone.js";
import { verbs } from "./verbs.js";

const columns: Column<Job>[] = [
  {
    id: "title",
    title: "Job",
    cell: ({ title }) => <span className="floe-long">{title}</span>,
  },
  { id: "kind", title: "Kind", cell: ({ kind }) => <span style={{ whiteSpace: "nowrap" }}>{kind}</span> },
  {
    id: "status",
    title: "Status",
    cell: ({ status }) => <StatusBadge status={status} {...toneOf(status)} />,
  },
  { id: "attempts", title: "Attempts", align: "right", cell: ({ attempts }) => <Count value={attempts} /> },
  {
    id: "error",
    title: "Last error",
    cell: ({ error }) => (
      <Text size="sm" lineClamp={2}>
        {error ?? "—"}
      </Text>
    ),
  },
  { id: "next", title: "Next attempt", cell: ({ next_attempt_at: at }) => <Time at={at} /> },
  { id: "created_at", title: "Created", cell: ({ created_at: at }) => <Time at={at} /> },
  { id: "finished_at", title: "Finished", cell: ({ finished_at: at }) => <Time at={at} />, hidden: true },
  { id: "queue", title: "Queue", cell: ({ queue }) => queue, hidden: true },
  { id: "state", title: "State", cell: ({ state }) => state, hidden: true },
];

export function JobsPage() {
  const api = useApi();
  const mayChange = useMay({ resource: "jobs", level: "write" });
  const { filters, filter } = useJobFilters();
  const pages = useCursorPages();
  const query = useQuery(jobsQuery(api, { ...filter, before: pages.cursor }));
  const [many, setMany] = useState<{ action: JobAction; target: JobTarget; done?: () => void } | null>(null);
  return (
    <>
      <PageHeader
        title="Jobs"
        description="All work, whatever its kind, newest first."
        actions={
          <>
            {mayChange && <AllThatMatch onChoose={(action) => setMany({ action, target: filter })} />}
            <Button
              component={Link}
              to="/jobs/many"
              variant="default"
              leftSection={<IconHistory size={16} />}
            >
              Actions on many
            </Button>
          </>
        }
      />
      <DataTable
        id="jobs"
        label="Jobs"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ kind, job_id: id }) => `${kind}/${id}`}
        to={({ kind, job_id: id }) => `/jobs/${kind}/${id}`}
        toolbar={<JobFilters filters={filters} />}
        bulk={
          mayChange
            ? (ids, done) =>
                jobActions.map((action) => (
                  <Button
                    key={action}
                    size="xs"
                    variant="default"
                    onClick={() => setMany({ action, target: { jobs: ids.map(refOf) }, done })}
                  >
                    {verbs[action].verb}
                  </Button>
                ))
            : undefined
        }
        empty={
          filters.any ? (
            <NoneMatch title="No job matches" show="all jobs" onClear={filters.clear}>
              Take a filter away, or look for another word.
            </NoneMatch>
          ) : (
            <EmptyState icon={IconListSearch} title="No work yet">
              Emails, webhooks, sends, imports and exports come to stand here when they begin.
            </EmptyState>
          )
        }
      />
      {many && (
        <BulkDialog
          action={many.action}
          target={many.target}
          onClose={() => setMany(null)}
          onBegun={() => many.done?.()}
        />
      )}
      <Outlet />
    </>
  );
}

function AllThatMatch({ onChoose }: { onChoose: (action: JobAction) => void }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" rightSection={<IconChevronDown size={16} />}>
          All that match
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {jobActions.map((action) => (
          <Menu.Item
            key={action}
            onClick={() => onChoose(action)}
            {...(action !== "retry" && { color: "red" })}
          >
            {verbs[action].verb}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function refOf(id: string): { kind: JobKind; job_id: string } {
  const [kind = "", job = ""] = id.split("/");
  return { kind: kind as JobKind, job_id: job };
}
