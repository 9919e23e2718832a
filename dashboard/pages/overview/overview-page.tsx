import { SegmentedControl, SimpleGrid, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useWho } from "../../data/who.js";
import { count } from "../../parts/numbers.js";
import { Figure } from "../../parts/figure.js";
import { PageHeader } from "../../parts/page-header.js";
import { QueryState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { Holds } from "./holds.js";
import { Lanes } from "./lanes.js";
import { Platform } from "./platform.js";
import { overviewQuery, type Overview } from "./queries.js";
import { Sent, Waiting } from "./series.js";

export function OverviewPage() {
  const { api, session } = useWho();
  const query = useQuery(overviewQuery(api, "tenant"));
  const [days, setDays] = useState("7");
  return (
    <>
      <PageHeader
        title="Overview"
        description={
          query.data && (
            <>
              What runs, waits and failed: <Time at={query.data.at} />
            </>
          )
        }
        actions={
          <SegmentedControl
            aria-label="Days that the charts show"
            value={days}
            onChange={setDays}
            data={[
              { value: "1", label: "1 day" },
              { value: "7", label: "7 days" },
              { value: "30", label: "30 days" },
            ]}
          />
        }
      />
      <Stack>
        <QueryState query={query}>
          {(overview) => (
            <>
              <Figures overview={overview} />
              <SimpleGrid cols={{ base: 1, lg: 2 }}>
                <Lanes lanes={overview.lanes} />
                <Holds holds={overview.holds} />
              </SimpleGrid>
            </>
          )}
        </QueryState>
        <Sent days={Number(days)} />
        {session.user.admin && (
          <>
            <Platform />
            <Waiting days={Number(days)} />
          </>
        )}
      </Stack>
    </>
  );
}

function Figures({ overview: { lanes, holds, throughput, dead_letters: dead } }: { overview: Overview }) {
  const sum = (of: "waiting" | "active" | "delayed"): number =>
    lanes.reduce((all, lane) => all + lane[of], 0);
  const outcome = (...names: string[]): number =>
    throughput
      .filter((row) => row.what === "email" && names.includes(row.outcome))
      .reduce((all, row) => all + row.count, 0);
  const held = holds.reduce((all, hold) => all + hold.recipients, 0);
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, xl: 6 }}>
      <Figure name="Sent" value={count(outcome("sent"))} note="emails within an hour" />
      <Figure name="Failed" value={count(outcome("bounced", "dead"))} note="bounced or dead within an hour" />
      <Figure name="Waiting" value={count(sum("waiting"))} note="batches that could go now" />
      <Figure name="Active" value={count(sum("active"))} note="batches under way" />
      <Figure name="Held back" value={count(held)} note="recipients, by limits" />
      <Figure name="Dead letters" value={count(dead)} note="wait for a person" />
    </SimpleGrid>
  );
}
