import { Alert, Button, Group, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useEffect } from "react";
import { askFor } from "../data/client.js";
import { useStanding } from "../data/standing.js";
import { Time } from "../parts/time.js";

const askEveryMs = 3_000;

/** While the API is away: what is shown is old, and goes on by itself. */
export function AwayBanner() {
  const { awaySince } = useStanding();
  const queries = useQueryClient();
  const away = awaySince !== null;
  useEffect(() => {
    if (!away) return undefined;
    const ask = (): void => {
      void askFor("/api/session").then(
        () => queries.invalidateQueries(),
        () => undefined,
      );
    };
    const timer = setInterval(ask, askEveryMs);
    window.addEventListener("online", ask);
    return () => {
      clearInterval(timer);
      window.removeEventListener("online", ask);
    };
  }, [away, queries]);
  if (!away) return null;
  return (
    <Alert color="orange" mb="md" icon={<IconPlugConnectedX />} title="The API does not answer" role="alert">
      <Group justify="space-between">
        <Text size="sm">
          What you see is from <Time at={new Date(awaySince).toISOString()} />. Work goes on without this
          page, and the page goes on by itself when the API is back.
        </Text>
        <Button size="xs" variant="default" onClick={() => void queries.invalidateQueries()}>
          Try now
        </Button>
      </Group>
    </Alert>
  );
}
