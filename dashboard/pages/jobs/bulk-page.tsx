import { Select, SimpleGrid, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useFilters } from "../../data/filters.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { Facts } from "../../parts/facts.js";
import { Figure } from "../../parts/figure.js";
import { ManySteering } from "../../parts/many-steering.js";
import { count } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { EmptyState, QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { WorkProgress } from "../../parts/work-progress.js";
import { bulkItemsQuery, bulkQuery, type Bulk, type BulkItem } from "./queries.js";
import { verbs } from "./verbs.js";

const states = ["waiting", "applied", "done", "refused", "cancelled"] as const;

const columns: Column<BulkItem>[] = [
  { id: "job", title: "Job", cell: ({ kind, job_id: id }) => `${kind}/${id}` },
  { id: "state", title: "Came to", cell: ({ state }) => <StatusBadge status={state} tone={tones[state]} /> },
  { id: "reason", title: "Why", cell: ({ reason }) => reason ?? "—" },
];
const tones = {
  ...({ waiting: "waiting", applied: "running", done: "good" } as const),
  ...({ refused: "warning", cancelled: "neutral" } as const),
};

/** An action on many jobs, and what became of each. */
export function BulkPage() {
  const { bulk: bulkId = "" } = useParams();
  const api = useApi();
  const queries = useQueryClient();
  const mayChange = useMay({ resource: "jobs", level: "write" });
  const query = useQuery(bulkQuery(api, bulkId));
  const params = { path: { bulk_id: bulkId } };
  const found = query.data;
  return (
    <>
      <PageHeader
        title={found ? `${verbs[found.action].verb} many` : "An action on many jobs"}
        trail={[
          { title: "Jobs", to: "/jobs" },
          { title: "Actions on many", to: "/jobs/many" },
        ]}
        badge={found && <StatusBadge status={found.status} />}
        actions={
          found &&
          mayChange && (
            <ManySteering
              status={found.status}
              steer={async (verb) => {
                if (verb === "pause") await api.POST("/api/jobs/bulks/{bulk_id}/pause", { params });
                else if (verb === "resume") await api.POST("/api/jobs/bulks/{bulk_id}/resume", { params });
                else await api.POST("/api/jobs/bulks/{bulk_id}/cancel", { params });
                await queries.invalidateQueries({ queryKey: ["jobs"] });
              }}
            />
          )
        }
      />
      <QueryState query={query}>{(bulk) => <About bulk={bulk} />}</QueryState>
    </>
  );
}

function About({ bulk }: { bulk: Bulk }) {
  const { done, refused, items } = bulk;
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <Figure
          name="Jobs"
          value={count(items)}
          note={<WorkProgress done={done + refused} failed={refused} total={items} label="Jobs" />}
        />
        <Figure name="Done" value={count(done)} note={`at most ${count(bulk.per_second)} a second`} />
        <Figure name="Refused" value={count(refused)} note="below, with the reason" />
      </SimpleGrid>
      <Panel title="About it">
        <Facts
          columns={4}
          facts={[
            ["By", bulk.actor],
            ["Why", bulk.reason],
            ["Begun", <Time key="begun" at={bulk.created_at} />],
            ["Ended", <Time key="ended" at={bulk.finished_at} />],
          ]}
        />
      </Panel>
      <Items bulkId={bulk.bulk_id} />
    </Stack>
  );
}

function Items({ bulkId }: { bulkId: string }) {
  const pages = useCursorPages();
  const filters = useFilters("state");
  const state = filters.values.state as BulkItem["state"] | "";
  const query = useQuery(
    bulkItemsQuery(useApi(), bulkId, {
      ...(state !== "" && { state }),
      ...(pages.cursor !== undefined && { after: Number(pages.cursor) }),
    }),
  );
  return (
    <Panel title="What became of each">
      <DataTable
        id="bulk-items"
        label="Jobs of the action"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ item_no: number }) => String(number)}
        to={({ kind, job_id: id }) => `/jobs/${kind}/${id}`}
        toolbar={
          <Select
            label="Came to"
            placeholder="All"
            data={[...states]}
            value={state || null}
            onChange={(value) => filters.set({ state: value ?? "" })}
            clearable
            w={160}
          />
        }
        empty={<EmptyState title="None">No job of the action came to that.</EmptyState>}
      />
    </Panel>
  );
}
