import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { answerOf, type RowOf } from "../../data/client.js";
import { useApi, useMay } from "../../data/who.js";
import { CodeView } from "../../parts/code-view.js";
import { Copyable } from "../../parts/copyable.js";
import { QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellProblem } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { domainChecksQuery } from "./queries.js";

type Finding = RowOf<"domain_checks.list">["findings"][number];

const names: Record<Finding["check"], string> = {
  ...{ spf: "SPF", dkim: "DKIM", dmarc: "DMARC", mx: "MX", ptr: "Reverse DNS" },
  ...{ mta_sts: "MTA-STS", tls_rpt: "TLS reports", bimi: "BIMI" },
};

/** How a domain stands in DNS, and what to do about it. */
export function DomainFindings({ domain }: { domain: string }) {
  const api = useApi();
  const queries = useQueryClient();
  const mayLook = useMay({ resource: "domains", level: "write" });
  const query = useQuery(domainChecksQuery(api));
  const [looking, setLooking] = useState(false);
  const look = async (): Promise<void> => {
    setLooking(true);
    try {
      await answerOf(api.POST("/api/domain-checks/{domain}", { params: { path: { domain } }, body: {} }));
      await queries.invalidateQueries({ queryKey: ["domains", "checks"] });
    } catch (error) {
      tellProblem(error, "The domain was not looked at");
    } finally {
      setLooking(false);
    }
  };
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={3} size="h5">
          In DNS
        </Title>
        {mayLook && (
          <Button
            size="xs"
            variant="light"
            loading={looking}
            leftSection={<IconRefresh size={16} />}
            onClick={() => void look()}
          >
            Look now
          </Button>
        )}
      </Group>
      <QueryState query={query}>
        {({ data }) => {
          const check = data.find((one) => one.domain === domain);
          if (!check) return <Text size="sm">Not looked at yet.</Text>;
          return (
            <>
              <Text size="sm">
                Looked at <Time at={check.seen_at} />
              </Text>
              {check.findings.map((one) => (
                <OneFinding key={one.check} finding={one} />
              ))}
            </>
          );
        }}
      </QueryState>
    </Stack>
  );
}

function OneFinding({ finding: { check, status, found, advice, record } }: { finding: Finding }) {
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {names[check]}
        </Text>
        <StatusBadge status={status} />
      </Group>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {found} {advice}
      </Text>
      {record && status !== "optional" && (
        <>
          <Copyable value={record.name} label="record’s name" />
          <CodeView value={record.value} label={`TXT record for ${names[check]}`} />
        </>
      )}
    </Stack>
  );
}
