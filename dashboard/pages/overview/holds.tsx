import { Text } from "@mantine/core";
import { Copyable } from "../../parts/copyable.js";
import type { Column } from "../../parts/data-table.js";
import { Count } from "../../parts/numbers.js";
import { Panel } from "../../parts/panel.js";
import { PlainTable } from "../../parts/plain-table.js";
import { Time } from "../../parts/time.js";
import type { Hold } from "./queries.js";

const columns: Column<Hold>[] = [
  { id: "held_by", title: "Limit", cell: ({ held_by: limit }) => limit },
  {
    id: "send",
    title: "Send",
    cell: ({ send_id: id }) => <Copyable value={id} label="id of the send" short />,
  },
  {
    id: "recipients",
    title: "Recipients",
    align: "right",
    cell: ({ recipients }) => <Count value={recipients} />,
  },
  { id: "free", title: "Goes on", cell: ({ free_at: at }) => <Time at={at} /> },
];

/** Which limit holds what back now. */
export function Holds({ holds }: { holds: readonly Hold[] }) {
  return (
    <Panel title="Held back by limits">
      {holds.length === 0 ? (
        <Text size="sm" c="var(--floe-quiet)">
          No limit holds anything back.
        </Text>
      ) : (
        <PlainTable
          label="What limits hold back"
          columns={columns}
          rows={holds}
          rowId={({ send_id: id, held_by: limit }) => `${id} ${limit}`}
        />
      )}
    </Panel>
  );
}
