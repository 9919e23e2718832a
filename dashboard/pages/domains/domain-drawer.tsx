import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconTrash } from "@tabler/icons-react";
import { useParams } from "react-router";
import { useApi, useMay } from "../../data/who.js";
import { CodeView } from "../../parts/code-view.js";
import { Copyable } from "../../parts/copyable.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { Facts } from "../../parts/facts.js";
import { useRemoval } from "../../parts/removal.js";
import { QueryState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { DomainFindings } from "./domain-findings.js";
import { DomainReports } from "./domain-reports.js";
import { domainQuery } from "./queries.js";

export function DomainDrawer() {
  const { domain = "", selector = "" } = useParams();
  const api = useApi();
  const removal = useRemoval("domains");
  const mayChange = useMay({ resource: "domains", level: "own" });
  const query = useQuery(domainQuery(api, domain, selector));
  const remove = (): void =>
    removal({
      title: `Remove the key ${selector} of ${domain}?`,
      children:
        "Mail of the domain is no longer signed with it. Leave its DNS record for a week: mail on its way is checked against it.",
      action: "Remove",
      typed: domain,
      run: () => api.DELETE("/api/domains/{domain}/{selector}", { params: { path: { domain, selector } } }),
      said: "The key is removed.",
      forget: [["domains", "one", domain, selector]],
    });
  return (
    <DetailDrawer
      title={domain}
      backTo="/domains"
      actions={
        mayChange && (
          <Button
            size="xs"
            variant="light"
            color="red"
            leftSection={<IconTrash size={16} />}
            onClick={remove}
          >
            Remove
          </Button>
        )
      }
    >
      <QueryState query={query}>
        {(key) => (
          <>
            <Facts
              columns={2}
              facts={[
                ["Selector", key.selector],
                ["Algorithm", key.algorithm],
                ["Added", <Time key="added" at={key.created_at} />],
              ]}
            />
            <Text size="sm">Publish this TXT record at the domain’s DNS:</Text>
            <Copyable value={key.dns_name} label="record’s name" />
            <CodeView value={key.dns_value} label="Value of the record" />
            <DomainFindings domain={domain} />
            <DomainReports domain={domain} />
          </>
        )}
      </QueryState>
    </DetailDrawer>
  );
}
