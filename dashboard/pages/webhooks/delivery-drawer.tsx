import { Anchor, Button, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconRefresh } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { useApi, useMay } from "../../data/who.js";
import { CodeView } from "../../parts/code-view.js";
import { Copyable } from "../../parts/copyable.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { Facts } from "../../parts/facts.js";
import { duration } from "../../parts/numbers.js";
import { Panel } from "../../parts/panel.js";
import { QueryState } from "../../parts/states.js";
import { ShortId } from "../../parts/short-id.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { attemptsQuery, deliveryQuery, type Attempt, type Delivery } from "./queries.js";

export function DeliveryDrawer() {
  const { delivery: deliveryId = "" } = useParams();
  const api = useApi();
  const queries = useQueryClient();
  const mayChange = useMay({ resource: "webhooks", level: "write" });
  const query = useQuery(deliveryQuery(api, deliveryId));
  const attempts = useQuery(attemptsQuery(api, deliveryId));
  const retry = async (): Promise<void> => {
    try {
      const params = { path: { delivery_id: deliveryId } };
      await api.POST("/api/webhook-deliveries/{delivery_id}/retry", { params });
      tellDone("It is tried again.");
      await queries.invalidateQueries({ queryKey: ["webhooks"] });
    } catch (error) {
      tellProblem(error, "It was not tried again");
    }
  };
  return (
    <DetailDrawer
      title={query.data ? `${query.data.type}, told` : "Delivery"}
      backTo="/webhooks/deliveries"
      badge={query.data && <StatusBadge status={query.data.status} />}
      actions={
        mayChange && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconRefresh size={16} />}
            onClick={() => void retry()}
          >
            Try again now
          </Button>
        )
      }
    >
      <QueryState query={query}>{(delivery) => <About delivery={delivery} />}</QueryState>
      <Panel title="Attempts">
        <QueryState query={attempts}>
          {({ data }) =>
            data.length === 0 ? (
              <Text size="sm">None yet.</Text>
            ) : (
              <Stack>
                {data.toReversed().map((attempt) => (
                  <AttemptFacts key={`${attempt.attempt} ${attempt.started_at}`} attempt={attempt} />
                ))}
              </Stack>
            )
          }
        </QueryState>
      </Panel>
    </DetailDrawer>
  );
}

function About({ delivery }: { delivery: Delivery }) {
  return (
    <>
      <Facts
        columns={2}
        facts={[
          [
            "Endpoint",
            <Anchor key="endpoint" component={Link} to={`/webhooks/${delivery.webhook_id}`} size="sm">
              <ShortId id={delivery.webhook_id} />
            </Anchor>,
          ],
          [
            "Event",
            <Anchor key="event" component={Link} to={`/webhooks/events/${delivery.event_id}`} size="sm">
              {delivery.event_id}
            </Anchor>,
          ],
          ["Begun", <Time key="begun" at={delivery.created_at} />],
          ["Ended", <Time key="ended" at={delivery.finished_at} />],
          ["Next attempt", <Time key="next" at={delivery.next_attempt_at} />],
          ["webhook-id", <Copyable key="id" value={delivery.message_id} label="webhook-id" />],
        ]}
      />
      <CodeView value={delivery.data} label="Data of the event" />
    </>
  );
}

function AttemptFacts({ attempt }: { attempt: Attempt }) {
  const { response_status: status, duration_ms: durationMs } = attempt;
  return (
    <section aria-label={`Attempt ${attempt.attempt}`}>
      <Facts
        columns={3}
        facts={[
          ["Attempt", attempt.attempt],
          ["When", <Time key="when" at={attempt.started_at} as="exact" />],
          ["Took", durationMs === null ? null : duration(durationMs)],
          ["Came to", attempt.outcome],
          ["Answer", status],
          ["Error", attempt.error],
        ]}
      />
      {attempt.response !== null && attempt.response !== "" && (
        <CodeView value={attempt.response} label={`Answer to attempt ${attempt.attempt}`} maxHeight={180} />
      )}
    </section>
  );
}
