import { Alert, Card, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { useApi } from "../../data/who.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { PlainTable } from "../../parts/plain-table.js";
import { EmptyState, QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { deliveriesQuery, type Delivery } from "./queries.js";

const channels: Record<Delivery["channel"], string> = {
  email: "Email",
  web_push: "Browser",
  mobile_push: "Phone",
};

const reasons: Record<string, string> = {
  ...{
    muted: "You chose not to get this kind by this channel.",
    quiet_hours: "It waits for quiet hours to end.",
  },
  ...{ digest: "It waits for the digest.", retry: "It is tried again." },
  ...{ not_configured: "This channel is not configured.", device_removed: "The device was removed." },
  ...{ device_gone: "The device is not there any more, and is written to no more." },
  ...{ rejected: "It was refused for good.", attempts_spent: "It was tried long enough." },
};

/** What became of one notification by each channel, with every attempt. */
export function DeliveriesDrawer() {
  const { notification = "" } = useParams();
  const query = useQuery(deliveriesQuery(useApi(), notification));
  return (
    <DetailDrawer title="What became of it" backTo="/notifications">
      <QueryState query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <EmptyState title="It is in the inbox alone">
              It was not for you to be sent, or is about to be handed over.
            </EmptyState>
          ) : (
            <Stack>
              {data.map((delivery) => (
                <OneDelivery key={delivery.delivery_id} delivery={delivery} />
              ))}
            </Stack>
          )
        }
      </QueryState>
    </DetailDrawer>
  );
}

function OneDelivery({ delivery }: { delivery: Delivery }) {
  const { channel, device_name: device, status, reason, attempts, next_attempt_at: next } = delivery;
  return (
    <Card
      withBorder
      padding="sm"
      component="section"
      aria-label={`${channels[channel]} ${device ?? ""}`.trim()}
    >
      <Stack gap="xs">
        <Group justify="space-between">
          <Text fw={600}>{[channels[channel], device].filter(Boolean).join(": ")}</Text>
          <StatusBadge status={status} />
        </Group>
        {reason !== null && <Text size="sm">{reasons[reason] ?? reason}</Text>}
        {next !== null && (
          <Text size="sm" c="var(--floe-quiet)">
            Looked at again <Time at={next} />
          </Text>
        )}
        {delivery.possible_duplicate && (
          <Alert color="yellow">An attempt was cut off before its answer: it may have arrived twice.</Alert>
        )}
        {attempts.length > 0 && (
          <PlainTable
            label={`Attempts: ${channels[channel]}`}
            rows={attempts}
            rowId={({ attempt }) => String(attempt)}
            columns={[
              { id: "attempt", title: "Attempt", cell: ({ attempt }) => attempt },
              { id: "at", title: "At", cell: ({ began_at: at }) => <Time at={at} /> },
              { id: "outcome", title: "Outcome", cell: ({ outcome }) => outcome ?? "under way" },
              { id: "answer", title: "Answer", cell: ({ error, status_code: code }) => error ?? code ?? "" },
              {
                id: "took",
                title: "Took",
                align: "right",
                cell: ({ duration_ms: ms }) => (ms === null ? "" : `${ms} ms`),
              },
            ]}
          />
        )}
      </Stack>
    </Card>
  );
}
