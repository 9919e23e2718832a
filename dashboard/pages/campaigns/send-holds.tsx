import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { useApi } from "../../data/who.js";
import { Count } from "../../parts/numbers.js";
import { Panel } from "../../parts/panel.js";
import { PlainTable } from "../../parts/plain-table.js";
import { Time } from "../../parts/time.js";
import { sendHoldsQuery } from "./queries.js";

/** Which limits hold it back now; nothing where none does. */
export function SendHolds({ send }: { send: string }) {
  const { data } = useQuery(sendHoldsQuery(useApi(), send));
  if (!data || data.data.length === 0) return null;
  return (
    <Panel title="Held back by limits">
      <PlainTable
        label="Limits that hold it back"
        rows={data.data}
        rowId={({ held_by: by, free_at: at }) => `${by} ${at}`}
        columns={[
          {
            id: "held_by",
            title: "Limit",
            cell: ({ held_by: by }) => (
              <Anchor component={Link} size="sm" to={`?held_by=${encodeURIComponent(by)}`} preventScrollReset>
                {by}
              </Anchor>
            ),
          },
          { id: "free_at", title: "Free", cell: ({ free_at: at }) => <Time at={at} /> },
          {
            id: "recipients",
            title: "Recipients",
            cell: ({ recipients }) => <Count value={recipients} />,
            align: "right",
          },
        ]}
      />
    </Panel>
  );
}
