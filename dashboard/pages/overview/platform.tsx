import { Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useWho } from "../../data/who.js";
import { Panel } from "../../parts/panel.js";
import { QueryState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { overviewQuery } from "./queries.js";
import { Queues } from "./queues.js";
import { Workers } from "./workers.js";

/** Queues and worker processes, which all tenants share: for admins. */
export function Platform() {
  const { platform } = useWho();
  const query = useQuery(overviewQuery(platform, "platform"));
  return (
    <QueryState query={query}>
      {({ queues, workers, sampled_at: sampledAt }) => (
        <Stack>
          <Panel
            title="Queues of all tenants"
            aside={
              <Group gap={4}>
                <Text size="xs" c="var(--floe-quiet)" component="div">
                  Rates are of the last ten minutes; sampled <Time at={sampledAt} otherwise="never yet" />
                </Text>
              </Group>
            }
          >
            <Queues queues={queues ?? []} />
          </Panel>
          <Panel title="Workers">
            <Workers workers={workers ?? []} />
          </Panel>
        </Stack>
      )}
    </QueryState>
  );
}
