import { Box, SimpleGrid, Text } from "@mantine/core";
import { Fragment, type ReactNode } from "react";

export type Fact = readonly [name: string, value: ReactNode];

/** What is known of one thing: names and values. */
export function Facts({ facts, columns = 1 }: { facts: readonly Fact[]; columns?: number }) {
  return (
    <SimpleGrid component="dl" cols={{ base: 1, sm: columns }} spacing="sm" verticalSpacing="sm" m={0}>
      {facts.map(([name, value]) => (
        <Box key={name}>
          <Text component="dt" size="xs" fw={600} c="var(--floe-quiet)">
            {name}
          </Text>
          <Box component="dd" m={0} style={{ overflowWrap: "anywhere" }}>
            <Fragment>{value ?? "—"}</Fragment>
          </Box>
        </Box>
      ))}
    </SimpleGrid>
  );
}
