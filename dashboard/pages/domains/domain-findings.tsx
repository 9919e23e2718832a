import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconRefresh } from "@tabler/icons-react";
import { useEffect, useState } from "react";
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
  const mayLook = useMay({ resource: "domains", level: "write" });
  const query = useQuery(domainChecksQuery(api));
  const check = query.data?.data.find((one) => one.domain === domain);
  const { isLooking, isLate, look } = useLook(domain, check?.seen_at ?? null);
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
            loading={isLooking}
            leftSection={<IconRefresh size={16} />}
            onClick={look}
          >
            Look now
          </Button>
        )}
      </Group>
      {isLate && (
        <Text size="sm" role="status">
          Nobody has looked yet: no worker is free, or none runs. It is done when one is there.
        </Text>
      )}
      <QueryState query={query}>
        {() => {
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

/** A look takes some seconds. */
const patienceMs = 20_000;

/** Has a domain looked at, and follows it until something newer than `seenAt` is there. */
function useLook(domain: string, seenAt: string | null) {
  const api = useApi();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<{ before: string | null; isLate: boolean } | null>(null);
  const isLooking = asked !== null && asked.before === seenAt;
  useEffect(() => {
    if (!isLooking) return;
    const checks = { queryKey: domainChecksQuery(api).queryKey };
    const asking = setInterval(() => void queries.invalidateQueries(checks), 1_000);
    const late = setTimeout(() => setAsked((one) => one && { ...one, isLate: true }), patienceMs);
    return () => {
      clearInterval(asking);
      clearTimeout(late);
    };
  }, [isLooking, api, queries]);
  const look = (): void => {
    setAsked({ before: seenAt, isLate: false });
    answerOf(api.POST("/api/domain-checks/{domain}", { params: { path: { domain } }, body: {} })).catch(
      (error: unknown) => {
        setAsked(null);
        tellProblem(error, "The domain was not looked at");
      },
    );
  };
  return { isLooking, isLate: isLooking && asked.isLate, look };
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
