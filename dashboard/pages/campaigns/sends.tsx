import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi } from "../../data/who.js";
import { DataTable } from "../../parts/data-table.js";
import { Count } from "../../parts/numbers.js";
import { Panel } from "../../parts/panel.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { sendsQuery } from "./queries.js";

/** Runs of a campaign, newest first. */
export function Sends({ campaign }: { campaign: string }) {
  const pages = useCursorPages();
  const query = useQuery(sendsQuery(useApi(), campaign, pages.cursor));
  return (
    <Panel title="Sends">
      <DataTable
        id="sends"
        label="Sends"
        query={query}
        pages={pages}
        rowId={({ send_id: id }) => id}
        columns={[
          {
            id: "run_key",
            title: "Run",
            cell: ({ run_key: key, send_id: id }) => (
              <Anchor component={Link} to={`/campaigns/${campaign}/sends/${id}`} size="sm" fw={500}>
                {key}
              </Anchor>
            ),
          },
          { id: "status", title: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
          {
            id: "recipients",
            title: "Recipients",
            cell: ({ recipients }) => <Count value={recipients} />,
            align: "right",
          },
          {
            id: "scheduled_at",
            title: "Scheduled",
            cell: ({ scheduled_at: at, local_start: local }) =>
              local === null ? <Time at={at} otherwise="at once" /> : `${local} where each recipient is`,
          },
          { id: "started_at", title: "Started", cell: ({ started_at: at }) => <Time at={at} /> },
          { id: "finished_at", title: "Finished", cell: ({ finished_at: at }) => <Time at={at} /> },
        ]}
        empty={<Text size="sm">Not started yet. Each start is a send with its own figures.</Text>}
      />
    </Panel>
  );
}
