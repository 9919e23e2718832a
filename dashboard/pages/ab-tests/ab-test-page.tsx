import { Alert, Anchor, Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconTrophy } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { abTestWorkflowId } from "../../../domain/ids.js";
import { useApi, useMay } from "../../data/who.js";
import { Copyable } from "../../parts/copyable.js";
import { Facts } from "../../parts/facts.js";
import { Count, duration, share } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { PlainTable } from "../../parts/plain-table.js";
import { QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { TemporalLink } from "../../parts/temporal-link.js";
import { Time } from "../../parts/time.js";
import { AbTestSteering, usePick } from "./ab-test-steering.js";
import { resultsQuery, type Results } from "./queries.js";

export function AbTestPage() {
  const { test = "" } = useParams();
  const query = useQuery(resultsQuery(useApi(), test));
  return <QueryState query={query}>{(results) => <Loaded results={results} />}</QueryState>;
}

function Loaded({ results: { test, variants, standing } }: { results: Results }) {
  const mayChange = useMay({ resource: "ab-tests", level: "write" });
  const pick = usePick(test);
  const isOpen = test.decided_at === null && test.started_at !== null && test.finished_at === null;
  const templateOf = (variant: number) => test.variants.find((one) => one.variant === variant);
  const nameOf = (variant: number | null) => variants.find((one) => one.variant === variant)?.name;
  const chosen = nameOf(test.winner);
  return (
    <Stack>
      <PageHeader
        title={test.name}
        trail={[{ title: "A/B tests", to: "/ab-tests" }]}
        badge={<StatusBadge status={test.paused ? "paused" : test.status} />}
        actions={<AbTestSteering test={test} />}
      />
      <Alert
        icon={<IconTrophy />}
        color={test.winner === null ? "gray" : "green"}
        title={chosen === undefined ? "Not decided yet" : `The rest gets ${chosen}`}
      >
        {test.reason ?? standing.reason}
      </Alert>
      <Panel title="Variants" aside={<TemporalLink workflowId={abTestWorkflowId(test.ab_test_id)} />}>
        <PlainTable
          label="Variants and their results"
          rows={variants}
          rowId={({ variant }) => String(variant)}
          columns={[
            {
              id: "name",
              title: "Variant",
              cell: ({ name, variant }) => (
                <Anchor
                  component={Link}
                  size="sm"
                  to={`/templates/${templateOf(variant)?.template_version_id ?? ""}`}
                >
                  {name}
                </Anchor>
              ),
            },
            {
              id: "delivered",
              title: "Delivered",
              cell: ({ delivered }) => <Count value={delivered} />,
              align: "right",
            },
            { id: "opens", title: "Opened", cell: ({ opens }) => <Count value={opens} />, align: "right" },
            {
              id: "clicks",
              title: "Clicked",
              cell: ({ clicks }) => <Count value={clicks} />,
              align: "right",
            },
            {
              id: "unsubscribes",
              title: "Unsubscribed",
              cell: ({ unsubscribes }) => <Count value={unsubscribes} />,
              align: "right",
            },
            {
              id: "rate",
              title: `Rate of ${test.rules.metric}`,
              cell: ({ rate: { rate, low, high } }) => `${share(rate)} (${share(low)} to ${share(high)})`,
              align: "right",
            },
            {
              id: "pick",
              title: "Choice",
              cell: ({ variant, name }) =>
                variant === test.winner ? (
                  <StatusBadge status="winner" tone="good" />
                ) : mayChange && isOpen ? (
                  <Button size="compact-sm" variant="default" onClick={() => pick(variant, name)}>
                    Pick {name}
                  </Button>
                ) : (
                  "—"
                ),
            },
          ]}
        />
      </Panel>
      <Panel title="Rules">
        <Facts
          columns={3}
          facts={[
            ["Decides by", test.rules.metric],
            ["Share that tests", share(test.rules.share_percent / 100)],
            ["Measured for", duration(test.rules.duration_ms)],
            ["Deliveries needed", <Count key="least" value={test.rules.minimum_delivered} />],
            [
              "When it is not clear",
              test.rules.on_unclear === "best" ? "the best is sent" : "a person chooses",
            ],
            ["Decided by", test.decided_by],
            ["Is to be decided", <Time key="due" at={test.decide_at} as="exact" />],
            ["Started", <Time key="started" at={test.started_at} as="exact" />],
            ["Id", <Copyable key="id" value={test.ab_test_id} label="id of the A/B test" />],
          ]}
        />
      </Panel>
    </Stack>
  );
}
