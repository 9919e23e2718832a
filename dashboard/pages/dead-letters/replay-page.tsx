import { SimpleGrid } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "react-router";
import { useApi, useMay } from "../../data/who.js";
import { Figure } from "../../parts/figure.js";
import { ManySteering } from "../../parts/many-steering.js";
import { count } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { WorkProgress } from "../../parts/work-progress.js";
import { replayQuery } from "./queries.js";

/** How a replay goes. */
export function ReplayPage() {
  const { replay: replayId = "" } = useParams();
  const api = useApi();
  const queries = useQueryClient();
  const mayChange = useMay({ resource: "dead-letters", level: "write" });
  const query = useQuery(replayQuery(api, replayId));
  const params = { path: { replay_id: replayId } };
  const found = query.data;
  return (
    <>
      <PageHeader
        title={`Replay …${replayId.slice(-8)}`}
        trail={[
          { title: "Dead letters", to: "/dead-letters" },
          { title: "Replays", to: "/dead-letters/replays" },
        ]}
        badge={found && <StatusBadge status={found.status} />}
        actions={
          found &&
          mayChange && (
            <ManySteering
              status={found.status}
              steer={async (verb) => {
                if (verb === "pause")
                  await api.POST("/api/dead-letters/replays/{replay_id}/pause", { params });
                else if (verb === "resume")
                  await api.POST("/api/dead-letters/replays/{replay_id}/resume", { params });
                else await api.POST("/api/dead-letters/replays/{replay_id}/cancel", { params });
                await queries.invalidateQueries({ queryKey: ["dead-letters"] });
              }}
            />
          )
        }
      />
      <QueryState query={query}>
        {({ items, replayed, refused, per_second: rate }) => (
          <SimpleGrid cols={{ base: 1, xs: 3 }}>
            <Figure
              name="Letters"
              value={count(items)}
              note={<WorkProgress done={replayed + refused} failed={refused} total={items} label="Letters" />}
            />
            <Figure
              name="Taken up again"
              value={count(replayed)}
              note={`at most ${count(rate)} a second; what fails again becomes a new letter`}
            />
            <Figure
              name="Left as they are"
              value={count(refused)}
              note="gone, resolved meanwhile, or of work that cannot be tried again"
            />
          </SimpleGrid>
        )}
      </QueryState>
    </>
  );
}
