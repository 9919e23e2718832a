import { Tabs } from "@mantine/core";
import { useNavigate } from "react-router";

/** Endpoints, what they were told, and of what. */
export function WebhookTabs({ at }: { at: "endpoints" | "deliveries" | "events" }) {
  const navigate = useNavigate();
  return (
    <Tabs
      value={at}
      onChange={(to) => void navigate(to === "endpoints" ? "/webhooks" : `/webhooks/${to}`)}
      mb="md"
    >
      <Tabs.List aria-label="Of webhooks">
        <Tabs.Tab value="endpoints">Endpoints</Tabs.Tab>
        <Tabs.Tab value="deliveries">Deliveries</Tabs.Tab>
        <Tabs.Tab value="events">Events</Tabs.Tab>
      </Tabs.List>
    </Tabs>
  );
}
