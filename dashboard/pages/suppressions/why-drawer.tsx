import { Alert, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { useMay, useWho } from "../../data/who.js";
import { Copyable } from "../../parts/copyable.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { Facts } from "../../parts/facts.js";
import { QueryState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { whyQuery } from "./queries.js";
import { useLift } from "./use-lift.js";

/** Why nothing is sent to an address. */
export function WhyDrawer() {
  const { address = "" } = useParams();
  const { api, session } = useWho();
  const mayChange = useMay({ resource: "suppressions", level: "write" });
  const query = useQuery(whyQuery(api, address));
  const lift = useLift();
  const found = query.data;
  const mayLift = found && mayChange && (found.tenant_id !== "*" || session.user.admin);
  return (
    <DetailDrawer
      title={address}
      backTo="/suppressions"
      actions={
        mayLift && (
          <Button size="xs" variant="default" onClick={() => lift(found)}>
            Lift
          </Button>
        )
      }
    >
      <QueryState query={query}>
        {(row) =>
          row === null ? (
            <Alert color="green" title="Nothing forbids this address">
              Neither it nor its domain is suppressed, for this tenant or for everybody.
            </Alert>
          ) : (
            <Facts
              columns={2}
              facts={[
                ["Suppressed is", row.kind === "domain" ? `every address of ${row.value}` : row.value],
                ["Why", row.reason],
                ["Since", <Time key="since" at={row.created_at} as="exact" />],
                ["For", row.tenant_id === "*" ? "everybody" : "this tenant"],
                [
                  "By the send",
                  row.send_id && <Copyable key="send" value={row.send_id} label="id of the send" />,
                ],
              ]}
            />
          )
        }
      </QueryState>
    </DetailDrawer>
  );
}
