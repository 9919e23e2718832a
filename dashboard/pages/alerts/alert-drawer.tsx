import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { alertKinds, amountOf } from "../../../domain/alerts.js";
import { Copyable } from "../../parts/copyable.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { Facts } from "../../parts/facts.js";
import { QueryState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { useAlertChanges } from "./changes.js";
import { Events } from "./history.js";
import { alertQuery, historyQuery, type Alert } from "./queries.js";
import { Standing } from "./standing.js";
import { useWhose, type Whose } from "./whose.js";

export function AlertDrawer() {
  const { alert = "" } = useParams();
  const whose = useWhose();
  const query = useQuery(alertQuery(whose, alert));
  const events = useQuery(historyQuery(whose, { alert_id: alert }));
  const found = query.data;
  return (
    <DetailDrawer
      title={found ? `${found.name}: ${found.subject}` : alert}
      backTo="/alerts"
      badge={found && <Standing alert={found} />}
      actions={found && whose.mayChange && <Actions {...{ alert: found, whose }} />}
    >
      <QueryState query={query}>{(one) => <About alert={one} />}</QueryState>
      <QueryState query={events}>{({ data }) => <Events events={data} />}</QueryState>
    </DetailDrawer>
  );
}

function Actions({ alert, whose }: { alert: Alert; whose: Whose }) {
  const { acknowledge, silence, unsilence } = useAlertChanges(whose);
  if (alert.cleared_at !== null) return null;
  return (
    <>
      {alert.acknowledged_at === null && (
        <Button size="xs" onClick={() => acknowledge(alert)}>
          Acknowledge
        </Button>
      )}
      {alert.silenced_until === null ? (
        <Button size="xs" variant="default" onClick={() => silence(alert)}>
          Silence
        </Button>
      ) : (
        <Button size="xs" variant="default" onClick={() => unsilence(alert)}>
          End the silence
        </Button>
      )}
    </>
  );
}

function About({ alert }: { alert: Alert }) {
  return (
    <>
      <Text size="sm" c="var(--floe-quiet)">
        It fires when {alertKinds[alert.kind].what}.
      </Text>
      <Facts
        columns={2}
        facts={[
          ["Value", amountOf(alert.kind, alert.value)],
          ["Fires above", amountOf(alert.kind, alert.fire_above)],
          ["Raised", <Time key="raised" at={alert.raised_at} />],
          ["Cleared", <Time key="cleared" at={alert.cleared_at} otherwise="not yet" />],
          ["Told", <Time key="told" at={alert.told_at} otherwise="nobody" />],
          ["Told by", alert.routes.join(", ") || "nothing: it stands in the history"],
          ["Seen to by", alert.acknowledged_by],
          ["Silent until", <Time key="silent" at={alert.silenced_until} />],
          ["Reason of the silence", alert.silence_reason],
          ["Id", <Copyable key="id" value={alert.alert_id} label="id of the alert" />],
        ]}
      />
    </>
  );
}
