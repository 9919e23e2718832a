import { Alert, Button, Code, FileButton, Group, Stack, Text, Title } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { askFor, type Answer } from "../../data/client.js";
import { toProblem, type ApiProblem } from "../../data/problem.js";
import { useApi, useMay, useWho } from "../../data/who.js";
import { Chart } from "../../parts/chart.js";
import { Copyable } from "../../parts/copyable.js";
import type { Column } from "../../parts/data-table.js";
import { count, Count, shareOf } from "../../parts/numbers.js";
import { PlainTable } from "../../parts/plain-table.js";
import { ProblemState, QueryState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import { dmarcQuery } from "./queries.js";

type Summary = Answer<"dmarc.summary">;
type Source = Summary["sources"][number];

/** What mailbox providers say of mail that claims to come from the domain. */
export function DomainReports({ domain }: { domain: string }) {
  const query = useQuery(dmarcQuery(useApi(), domain));
  return (
    <Stack gap="sm">
      <TitleWithUpload />
      <QueryState query={query}>
        {(summary) => (summary.messages === 0 ? <Nothing domain={domain} /> : <Reported summary={summary} />)}
      </QueryState>
    </Stack>
  );
}

function TitleWithUpload() {
  const { tenantId } = useWho();
  const queries = useQueryClient();
  const mayUpload = useMay({ resource: "domains", level: "write" });
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<{ file: string; problem: ApiProblem } | null>(null);
  const send = async (files: File[]): Promise<void> => {
    setSending(true);
    setProblem(null);
    let taken = 0;
    let known = 0;
    for (const file of files) {
      try {
        const headers = { "Content-Type": "application/octet-stream" };
        const { status } = await askFor("/api/dmarc/reports", {
          ...{ method: "POST", body: file, headers, tenantId },
        });
        if (status === 201) taken += 1;
        else known += 1;
      } catch (error) {
        setProblem({ file: file.name, problem: toProblem(error) });
        break;
      }
    }
    setSending(false);
    if (taken + known > 0) {
      const also = known > 0 ? `; ${count(known)} known already` : "";
      tellDone(`${count(taken)} ${taken === 1 ? "report" : "reports"} taken${also}.`);
    }
    await queries.invalidateQueries({ queryKey: ["domains", "dmarc"] });
  };
  return (
    <>
      <Group justify="space-between">
        <Title order={3} size="h5">
          DMARC reports
        </Title>
        {mayUpload && (
          <FileButton
            multiple
            accept=".xml,.gz,.zip,application/gzip,application/zip,text/xml"
            inputProps={{ "aria-label": "DMARC reports" }}
            onChange={(files) => void send(files)}
          >
            {(props) => (
              <Button
                size="xs"
                variant="light"
                loading={sending}
                leftSection={<IconUpload size={16} />}
                {...props}
              >
                Upload reports
              </Button>
            )}
          </FileButton>
        )}
      </Group>
      {problem && (
        <>
          <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
            {problem.file}
          </Text>
          <ProblemState problem={problem.problem} />
        </>
      )}
    </>
  );
}

function Nothing({ domain }: { domain: string }) {
  return (
    <>
      <Text size="sm">
        No report of the last 30 days. Mailbox providers send one a day to the address that this TXT record
        names; upload what arrives there, as it comes, or let it arrive in the mailbox that Floe reads.
      </Text>
      <Copyable value={`_dmarc.${domain}`} label="record’s name" />
      <Copyable value={`v=DMARC1; p=none; rua=mailto:dmarc@${domain}`} label="record’s value" />
      <Text size="sm">
        If there is a record already, add <Code>rua=mailto:…</Code> to it.
      </Text>
    </>
  );
}

const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const colors: Record<Summary["advice"][number]["severity"], string> = {
  ...{ critical: "red", warning: "yellow", info: "blue", good: "green" },
};

const columns: Column<Source>[] = [
  { id: "source_ip", title: "Source", cell: ({ source_ip: ip }) => ip },
  {
    id: "node_id",
    title: "Is",
    cell: ({ node_id: node }) => (node === null ? "unknown source" : `your node ${node}`),
  },
  { id: "messages", title: "Messages", align: "right", cell: ({ messages }) => <Count value={messages} /> },
  { id: "failing", title: "Failing", align: "right", cell: ({ failing }) => <Count value={failing} /> },
  { id: "dkim", title: "DKIM", align: "right", cell: (one) => shareOf(one.dkim_aligned, one.messages) },
  { id: "spf", title: "SPF", align: "right", cell: (one) => shareOf(one.spf_aligned, one.messages) },
];

function Reported({ summary }: { summary: Summary }) {
  const { messages, failing, policy, advice, sources, source_count: all } = summary;
  const passed = shareOf(messages - failing, messages);
  return (
    <>
      <Text size="sm">
        {count(messages)} messages within 30 days; {passed} pass{policy && `; p=${policy.p}`}.
      </Text>
      {advice.map(({ severity, text }) => (
        <Alert key={text} color={colors[severity]} p="xs">
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {text}
          </Text>
        </Alert>
      ))}
      <Chart
        title="Passing by day"
        summary={`${passed} of ${count(messages)} messages pass.`}
        series={[{ id: "passing", title: "Passing", color: "teal" }]}
        points={summary.days.map((day) => ({
          at: `${day.day}T00:00:00Z`,
          values: { passing: day.messages === 0 ? null : 1 - day.failing / day.messages },
        }))}
        format={(value) => `${Math.round(value * 1000) / 10} %`}
        formatTime={(at) => days.format(at)}
        height={160}
      />
      <PlainTable
        label="Sources, failing ones first"
        columns={columns}
        rows={sources}
        rowId={({ source_ip: ip }) => ip}
      />
      {all > sources.length && <Text size="sm">and {count(all - sources.length)} more</Text>}
    </>
  );
}
