import { Anchor, Group, Text } from "@mantine/core";
import { Link } from "react-router";
import mark from "../floe.svg";

export function Brand() {
  return (
    <Anchor component={Link} to="/" underline="never" c="inherit" aria-label="Floe: overview">
      <Group gap={8} wrap="nowrap">
        <img src={mark} alt="" width={28} height={28} />
        <Text fw={700} size="lg" visibleFrom="xs">
          Floe
        </Text>
      </Group>
    </Anchor>
  );
}
