import { Button, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconFlame, IconPlus } from "@tabler/icons-react";
import { Link } from "react-router";
import { warmupKinds, type WarmupKind } from "../../../domain/warmup-allowance.js";
import { curveOf } from "../../../domain/warmup-curve.js";
import { warmupStatuses, type WarmupStatus as Status } from "../../../domain/warmup-status.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useFilters } from "../../data/filters.js";
import { useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { NoneMatch } from "../../parts/none-match.js";
import { count } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { planOfAnswer } from "./plan.js";
import { warmupsQuery, type WarmupRow } from "./queries.js";
import { Health, WarmupStatus } from "./standing.js";
import { WarmupTabs } from "./tabs.js";
import { useWhose, WhoseChoice } from "./whose.js";

const columns: Column<WarmupRow>[] = [
  { id: "key", title: "Subject", cell: ({ key }) => key },
  { id: "kind", title: "Kind", cell: ({ kind }) => kind },
  { id: "status", title: "Status", cell: (warmup) => <WarmupStatus warmup={warmup} /> },
  { id: "preset", title: "Plan", cell: ({ plan }) => plan.preset },
  { id: "day", title: "Day", align: "right", cell: (warmup) => dayOf(warmup) },
  { id: "today", title: "Used today", align: "right", cell: (warmup) => usedOf(warmup) },
  { id: "health", title: "Health", cell: ({ health }) => <Health health={health} /> },
  { id: "next", title: "Next", cell: (warmup) => nextOf(warmup) },
  {
    id: "tenant",
    title: "Of",
    hidden: true,
    cell: ({ tenant_id: tenant }) => (tenant === "*" ? "everybody (shared)" : tenant),
  },
  { id: "created_at", title: "Started", hidden: true, cell: ({ created_at: at }) => <Time at={at} /> },
];

export function WarmupsPage() {
  const whose = useWhose();
  const mayStart = useMay({ resource: "warmups", level: "own" });
  const filters = useFilters("status", "kind");
  const pages = useCursorPages();
  const { status, kind } = filters.values;
  const query = useQuery(
    warmupsQuery(whose.api, whose.key, {
      ...(status !== "" && { status: status as Status }),
      ...(kind !== "" && { kind: kind as WarmupKind }),
      before: pages.cursor,
    }),
  );
  const start = mayStart && (
    <Button component={Link} to={`/warmups/new${whose.search}`} leftSection={<IconPlus size={16} />}>
      Start a warmup
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Warmups"
        description="Volume that rises a day at a time, and falls back where the receiving side objects."
        actions={
          <>
            <WhoseChoice />
            {start}
          </>
        }
      />
      <WarmupTabs at="ramps" />
      <DataTable
        id="warmups"
        label="Warmups"
        query={query}
        pages={pages}
        columns={columns}
        rowId={({ warmup_id: id }) => id}
        to={({ warmup_id: id }) => `/warmups/${id}`}
        toolbar={
          <>
            <Select
              label="Status"
              data={[...warmupStatuses]}
              clearable
              value={status === "" ? null : status}
              onChange={(value) => filters.set({ status: value ?? "" })}
            />
            <Select
              label="Kind"
              data={[...warmupKinds]}
              clearable
              value={kind === "" ? null : kind}
              onChange={(value) => filters.set({ kind: value ?? "" })}
            />
          </>
        }
        empty={
          filters.any ? (
            <NoneMatch title="No warmup matches" show="all warmups" onClear={filters.clear}>
              Another status or kind may have some.
            </NoneMatch>
          ) : (
            <EmptyState icon={IconFlame} title="Nothing is warming up" actions={start}>
              Mailbox providers distrust volume that comes from nowhere. A warmup lets what a new node, domain
              or mailbox may send rise each day, and takes it back when too much bounces or is complained of.
              It sends nothing of its own.
            </EmptyState>
          )
        }
      />
    </>
  );
}

function dayOf({ position, plan }: WarmupRow): string {
  return `${count(Math.floor(position) + 1)} of ${count(curveOf(planOfAnswer(plan)).length)}`;
}

function usedOf({ used_today: used, planned }: WarmupRow): string {
  if (used === null) return "—";
  return planned === null ? count(used) : `${count(used)} of ${count(planned)}`;
}

function nextOf({ status, resume_on: resumeOn, ended_at: endedAt }: WarmupRow) {
  if (endedAt !== null)
    return (
      <>
        ended <Time at={endedAt} />
      </>
    );
  if (status === "paused") return resumeOn === null ? "a person resumes it" : `goes on on ${resumeOn}`;
  return "planned each morning";
}
