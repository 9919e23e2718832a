import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { useApi } from "../../data/who.js";
import { CodeView } from "../../parts/code-view.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { Facts } from "../../parts/facts.js";
import { Panel } from "../../parts/panel.js";
import { QueryState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { DeliveryTable } from "./delivery-table.js";
import { deliveriesQuery, eventQuery } from "./queries.js";

export function EventDrawer() {
  const { event: eventId = "" } = useParams();
  const api = useApi();
  const query = useQuery(eventQuery(api, eventId));
  const deliveries = useQuery(deliveriesQuery(api, { event_id: eventId }));
  return (
    <DetailDrawer title={query.data?.type ?? `Event ${eventId}`} backTo="/webhooks/events">
      <QueryState query={query}>
        {(event) => (
          <>
            <Facts
              columns={2}
              facts={[
                ["Number", event.event_id],
                ["Told", <Time key="told" at={event.created_at} />],
                ["By", event.requested_by ?? "Floe"],
                ["Key", event.key],
                ["Priority", event.priority],
                ["Not before", <Time key="after" at={event.deliver_after} />],
              ]}
            />
            <CodeView value={event.data} label="Data of the event" />
          </>
        )}
      </QueryState>
      <Panel title="Deliveries">
        <DeliveryTable id="event-deliveries" query={deliveries} />
      </Panel>
    </DetailDrawer>
  );
}
