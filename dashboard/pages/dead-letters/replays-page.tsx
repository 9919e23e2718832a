import { useQuery } from "@tanstack/react-query";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { PageHeader } from "../../parts/page-header.js";
import { ShortId } from "../../parts/short-id.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { WorkProgress } from "../../parts/work-progress.js";
import { replaysQuery, type Replay } from "./queries.js";

const columns: Column<Replay>[] = [
  { id: "replay_id", title: "Replay", cell: ({ replay_id: id }) => <ShortId id={id} /> },
  { id: "status", title: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  {
    id: "progress",
    title: "Letters",
    cell: ({ replayed, refused, items }) => (
      <WorkProgress done={replayed + refused} failed={refused} total={items} label="Letters" />
    ),
  },
  { id: "created_at", title: "Begun", cell: ({ created_at: at }) => <Time at={at} /> },
  { id: "finished_at", title: "Ended", cell: ({ finished_at: at }) => <Time at={at} /> },
];

export function ReplaysPage() {
  const pages = useCursorPages();
  const query = useQuery(replaysQuery(useApi(), { before: pages.cursor }));
  return (
    <>
      <PageHeader
        title="Replays"
        trail={[{ title: "Dead letters", to: "/dead-letters" }]}
        description="Dead letters that were tried again together."
      />
      <DataTable
        id="replays"
        label="Replays"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ replay_id: id }) => id}
        to={({ replay_id: id }) => `/dead-letters/replays/${id}`}
        empty={<EmptyState title="None yet">Replay dead letters: some, or all that match.</EmptyState>}
      />
    </>
  );
}
