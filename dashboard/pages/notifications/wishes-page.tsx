import { Grid, Stack } from "@mantine/core";
import { PageHeader } from "../../parts/page-header.js";
import { Devices, Tests } from "./devices.js";
import { Matrix } from "./matrix.js";
import { Times } from "./times.js";

/** How one is told: kinds and channels, when, and where. */
export function WishesPage() {
  return (
    <>
      <PageHeader
        title="How you are told"
        description="Everything is in your inbox; this is what also goes out, in all of your tenants."
        trail={[{ title: "Notifications", to: "/notifications" }]}
      />
      <Grid>
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Matrix />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack>
            <Times />
            <Devices />
            <Tests />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}
