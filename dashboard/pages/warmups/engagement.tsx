import { Alert, Code, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useWho } from "../../data/who.js";

/** Why no mailbox can be added or opted in now; null: they can be. */
export function useEngagementOff(): string | null {
  const { settings } = useWho();
  return settings.warmup_engagement ? null : "Mailboxes that write to each other are off here";
}

/** What it would do, and what that may cost: said where it is off. */
export function EngagementOff() {
  if (useEngagementOff() === null) return null;
  return (
    <Alert
      color="yellow"
      icon={<IconAlertTriangle />}
      title="Mailboxes that write to each other are off here"
      mb="md"
    >
      <Stack gap="xs">
        <Text size="sm">
          Artificial engagement can breach mailbox providers’ terms: they watch for it, and may hold it
          against an account. So it is off until whoever runs this installation decides otherwise. Volume
          ramps need none of it.
        </Text>
        <Text size="sm">
          Where the terms of all providers of your mailboxes allow it, set <Code>WARMUP_ENGAGEMENT=true</Code>{" "}
          for every process and command, and start them anew. Mailboxes that are here already can be opted out
          and removed as ever.
        </Text>
      </Stack>
    </Alert>
  );
}
