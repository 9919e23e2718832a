import { Tabs } from "@mantine/core";
import { useNavigate } from "react-router";

/** Volume that rises, and mailboxes that write to each other. */
export function WarmupTabs({ at }: { at: "ramps" | "pool" }) {
  const navigate = useNavigate();
  return (
    <Tabs value={at} onChange={(to) => void navigate(to === "pool" ? "/warmups/pool" : "/warmups")} mb="md">
      <Tabs.List aria-label="Of warmups">
        <Tabs.Tab value="ramps">Volume ramps</Tabs.Tab>
        <Tabs.Tab value="pool">Mailbox pool</Tabs.Tab>
      </Tabs.List>
    </Tabs>
  );
}
