import { Button, Stack, Table } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "react-router";
import { answerOf, type Answer } from "../../data/client.js";
import { useApi, useMay } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { ScrollRegion } from "../../parts/scroll-region.js";
import { QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { draftOf } from "./draft.js";
import { GraphDrawing } from "./graph-drawing.js";
import { runQuery } from "./queries.js";

type Run = Answer<"graph_runs.get">;

export function RunPage() {
  const { run: runId = "" } = useParams();
  const query = useQuery(runQuery(useApi(), runId));
  const run = query.data;
  const name = run?.graph_name ?? "…";
  return (
    <>
      <PageHeader
        title={`Run of ${name}`}
        trail={[
          { title: "Job graphs", to: "/graphs" },
          { title: name, to: `/graphs/by-name/${encodeURIComponent(name)}` },
        ]}
        badge={run && <StatusBadge status={run.status} />}
        description={run && `${run.run_key}, version ${run.version}`}
        actions={run && <Actions run={run} />}
      />
      <QueryState query={query}>
        {({ definition, jobs }) => (
          <Stack>
            <GraphDrawing
              graph={draftOf(definition)}
              states={new Map(jobs.map(({ name: job, state }) => [job, state]))}
            />
            <Panel title="Jobs">
              <Jobs jobs={jobs} />
            </Panel>
          </Stack>
        )}
      </QueryState>
    </>
  );
}

function Actions({ run }: { run: Run }) {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const may = useMay({ resource: "graphs", level: "write" });
  const params = { path: { run_id: run.run_id } };
  const cancel = (): void =>
    confirm({
      title: "Cancel the run?",
      children:
        "Jobs that run are cancelled, and those that have not begun never begin. What is done stays done.",
      action: "Cancel the run",
      run: async () => {
        await api.POST("/api/graph-runs/{run_id}/cancel", { params });
        tellDone("The run is being cancelled.");
        await queries.invalidateQueries({ queryKey: ["graphs"] });
      },
    });
  const resume = (): void => {
    answerOf(api.POST("/api/graph-runs/{run_id}/resume", { params })).then(
      ({ run_id: id }) => {
        tellDone("It goes on in a new run, from what failed or was cancelled.");
        void navigate(`/graphs/runs/${id}`);
      },
      (error: unknown) => tellProblem(error, "The run was not resumed"),
    );
  };
  if (!may) return null;
  if (run.status === "running")
    return (
      <Button variant="light" color="red" onClick={cancel}>
        Cancel
      </Button>
    );
  return run.status === "completed" ? null : <Button onClick={resume}>Resume from what failed</Button>;
}

function Jobs({ jobs }: { jobs: Run["jobs"] }) {
  return (
    <ScrollRegion label="Jobs of the run">
      <Table>
        <caption className="floe-hidden">Jobs of the run</caption>
        <Table.Thead>
          <Table.Tr>
            {["Job", "State", "Attempts", "Began", "Ended", "Result"].map((title) => (
              <Table.Th key={title}>{title}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {jobs.map((job) => (
            <Table.Tr key={job.name}>
              <Table.Td>{job.name}</Table.Td>
              <Table.Td>
                <StatusBadge status={job.state} />
              </Table.Td>
              <Table.Td>{job.attempts}</Table.Td>
              <Table.Td>
                <Time at={job.started_at} />
              </Table.Td>
              <Table.Td>
                <Time at={job.finished_at} />
              </Table.Td>
              <Table.Td>
                {job.reason ??
                  (Object.entries(job.result)
                    .map(([name, value]) => `${name}: ${value}`)
                    .join(", ") ||
                    "—")}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  );
}
