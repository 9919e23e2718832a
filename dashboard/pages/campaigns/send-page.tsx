import { SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useParams } from "react-router";
import { campaignWorkflowId } from "../../../domain/ids.js";
import { useApi, useMay } from "../../data/who.js";
import { Copyable } from "../../parts/copyable.js";
import { Facts } from "../../parts/facts.js";
import { Figure } from "../../parts/figure.js";
import { count, duration, shareOf } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { TemporalLink } from "../../parts/temporal-link.js";
import { Time } from "../../parts/time.js";
import { WorkProgress } from "../../parts/work-progress.js";
import { progressQuery, sendAnalyticsQuery, sendQuery, type SendSummary } from "./queries.js";
import { SendHolds } from "./send-holds.js";
import { SendOutcomes } from "./send-outcomes.js";
import { SendRecipients } from "./send-recipients.js";
import { SendSteering } from "./send-steering.js";

export function SendPage() {
  const { send = "" } = useParams();
  const query = useQuery(sendQuery(useApi(), send));
  return <QueryState query={query}>{(found) => <Loaded send={found} />}</QueryState>;
}

function Loaded({ send }: { send: SendSummary }) {
  const api = useApi();
  const progress = useQuery(progressQuery(api, send.send_id));
  const {
    status = send.status,
    sent = 0,
    failed = 0,
    recipients = 0,
    snapshot_done: known,
  } = progress.data ?? {};
  return (
    <Stack>
      <PageHeader
        title={`${send.campaign_name}: ${send.run_key}`}
        trail={[
          { title: "Campaigns", to: "/campaigns" },
          { title: send.campaign_name, to: `/campaigns/${send.campaign_id}` },
        ]}
        badge={<StatusBadge status={status} />}
        actions={<SendSteering send={{ ...send, status }} />}
      />
      <Panel title="Progress" aside={<TemporalLink workflowId={campaignWorkflowId(send.send_id)} />}>
        <WorkProgress
          done={sent + failed}
          failed={Math.max(0, failed - send.counts.cancelled - send.counts.suppressed)}
          total={known === true ? recipients : null}
          label="Recipients"
        />
        <Text size="sm" mt="xs">
          {standingOf(send, status)}
        </Text>
      </Panel>
      <Funnel send={send} />
      <SendHolds send={send.send_id} />
      <SendOutcomes send={send.send_id} />
      <SendRecipients send={send.send_id} />
      <Panel title="About">
        <Facts
          columns={3}
          facts={[
            ["Scheduled", <Time key="scheduled" at={send.scheduled_at} otherwise="at once" as="exact" />],
            ["Started", <Time key="started" at={send.started_at} as="exact" />],
            ["Finished", <Time key="finished" at={send.finished_at} as="exact" />],
            ["Late by", send.late_ms === null ? null : duration(send.late_ms)],
            ["Rate", send.per_second === null ? "as limits allow" : `${count(send.per_second)} a second`],
            ["Id", <Copyable key="id" value={send.send_id} label="id of the send" />],
          ]}
        />
      </Panel>
    </Stack>
  );
}

function standingOf(send: SendSummary, status: SendSummary["status"]): ReactNode {
  if (status === "scheduled")
    return (
      <>
        {send.local_start === null ? (
          <>
            It starts <Time at={send.scheduled_at} otherwise="in a moment" />
          </>
        ) : (
          `It starts at ${send.local_start.replace("T", " ")} where each recipient is`
        )}
        ; who gets it is taken from the audience then.
      </>
    );
  if (send.accounted_for) return "Every recipient has one final status; nobody is missing.";
  if (status === "paused") return "It is paused: recipients without a final status wait until it is resumed.";
  return "Recipients without a final status are waiting or under way.";
}

/** From everybody who was to get it to those who clicked. */
function Funnel({ send }: { send: SendSummary }) {
  const mayLook = useMay({ resource: "analytics", level: "read" });
  const query = useQuery({ ...sendAnalyticsQuery(useApi(), send.send_id), enabled: mayLook });
  const { counts, recipients } = send;
  const seen = query.data;
  const ofSent = (value: number): string => `${shareOf(value, counts.sent)} of sent`;
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="sm">
      <Figure name="Recipients" value={count(recipients)} />
      <Figure name="Sent" value={count(counts.sent)} note={shareOf(counts.sent, recipients)} />
      {seen && (
        <>
          <Figure name="Opened" value={count(seen.unique_opens)} note={ofSent(seen.unique_opens)} />
          <Figure name="Clicked" value={count(seen.unique_clicks)} note={ofSent(seen.unique_clicks)} />
          <Figure name="Unsubscribed" value={count(seen.unsubscribes)} note={ofSent(seen.unsubscribes)} />
        </>
      )}
      <Figure name="Waiting" value={count(counts.pending + counts.deferred)} note="no final status yet" />
      <Figure name="Bounced" value={count(counts.bounced)} note="refused by the mailbox’s server" />
      <Figure name="Came back" value={count(send.returned)} note="after they were accepted" />
      <Figure name="Given up" value={count(counts.dead)} note="no attempt left" />
      <Figure name="Suppressed" value={count(counts.suppressed)} note="not to be written to" />
      {counts.cancelled > 0 && (
        <Figure name="Cancelled" value={count(counts.cancelled)} note="not reached before it was" />
      )}
      {counts.unknown > 0 && <Figure name="Unknown" value={count(counts.unknown)} note="wait for a person" />}
    </SimpleGrid>
  );
}
