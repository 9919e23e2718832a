import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { answerOf } from "../../data/client.js";
import { useMay, useWho } from "../../data/who.js";
import { Facts } from "../../parts/facts.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { QueryState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { OwnAccount } from "./own-account.js";
import { SecondFactor } from "./second-factor.js";
import { Tenants } from "./tenants.js";
import { TotpPolicy } from "./totp-policy.js";

export function SettingsPage() {
  const { session } = useWho();
  const owns = useMay({ resource: "users", level: "own" });
  return (
    <>
      <PageHeader title="Settings" description="This tenant, your account, and the platform." />
      <Stack>
        <ThisTenant />
        {owns && <TotpPolicy />}
        <OwnAccount />
        <SecondFactor />
        {session.user.admin && <Tenants />}
      </Stack>
    </>
  );
}

function ThisTenant() {
  const { api, tenantId, settings } = useWho();
  const query = useQuery({
    queryKey: ["tenants", "one", tenantId],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/tenants/{tenant_id}", { params: { path: { tenant_id: tenantId } }, signal })),
  });
  return (
    <Panel title="Tenant">
      <QueryState query={query}>
        {(tenant) => (
          <Facts
            columns={2}
            facts={[
              ["Name", tenant.name],
              ["Id", tenant.tenant_id],
              ["Choice of provider", tenant.provider_choice],
              ["Created", <Time key="created" at={tenant.created_at} />],
              ["Time zone of the installation", settings.time_zone],
            ]}
          />
        )}
      </QueryState>
    </Panel>
  );
}
