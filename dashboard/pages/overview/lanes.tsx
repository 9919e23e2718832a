import { Text } from "@mantine/core";
import type { Column } from "../../parts/data-table.js";
import { Count } from "../../parts/numbers.js";
import { Panel } from "../../parts/panel.js";
import { PlainTable } from "../../parts/plain-table.js";
import type { LaneNow } from "./queries.js";

const columns: Column<LaneNow>[] = [
  { id: "lane", title: "Lane", cell: ({ lane }) => lane },
  { id: "waiting", title: "Waiting", align: "right", cell: ({ waiting }) => <Count value={waiting} /> },
  { id: "active", title: "Active", align: "right", cell: ({ active }) => <Count value={active} /> },
  { id: "delayed", title: "Delayed", align: "right", cell: ({ delayed }) => <Count value={delayed} /> },
];

/** Open batches and groups of this tenant. */
export function Lanes({ lanes }: { lanes: readonly LaneNow[] }) {
  return (
    <Panel title="Lanes">
      {lanes.length === 0 ? (
        <Text size="sm" c="var(--floe-quiet)">
          Nothing of this tenant waits or is under way. Start a campaign, and its batches appear here.
        </Text>
      ) : (
        <PlainTable label="Open work by lane" columns={columns} rows={lanes} rowId={({ lane }) => lane} />
      )}
    </Panel>
  );
}
