import { Button, List, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "react-router";
import { answerOf, type Answer, type Tagged } from "../../data/client.js";
import { useApi, useMay } from "../../data/who.js";
import { CodeView } from "../../parts/code-view.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { useRemoval } from "../../parts/removal.js";
import { QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { draftOf } from "./draft.js";
import { GraphDrawing } from "./graph-drawing.js";
import { graphQuery, scheduleQuery } from "./queries.js";
import { RunsTable } from "./runs-table.js";

export function GraphPage() {
  const { name = "" } = useParams();
  const query = useQuery(graphQuery(useApi(), name));
  const mayChange = useMay({ resource: "graphs", level: "write" });
  return (
    <>
      <PageHeader
        title={name}
        trail={[{ title: "Job graphs", to: "/graphs" }]}
        description={query.data && `Version ${query.data.value.version}`}
        actions={query.data && mayChange && <Actions seen={query.data} />}
      />
      <QueryState query={query}>
        {({ value }) => {
          const graph = draftOf(value.definition);
          return (
            <Stack>
              <GraphDrawing graph={graph} />
              {graph.schedule && <Recurrence name={name} cron={graph.schedule.cron} />}
              <Panel title="Runs">
                <RunsTable name={name} />
              </Panel>
              <Panel title="As JSON">
                <CodeView value={value.definition} label="The graph as JSON" />
              </Panel>
            </Stack>
          );
        }}
      </QueryState>
    </>
  );
}

function Actions({ seen }: { seen: Tagged<Answer<"graphs.get">> }) {
  const api = useApi();
  const removal = useRemoval("graphs");
  const navigate = useNavigate();
  const { name } = seen.value;
  const path = { name };
  const run = (): void => {
    answerOf(api.POST("/api/graphs/{name}/run", { params: { path }, body: {} })).then(
      ({ run_id: id }) => {
        tellDone(`${name} runs.`);
        void navigate(`/graphs/runs/${id}`);
      },
      (error: unknown) => tellProblem(error, `${name} was not run`),
    );
  };
  const remove = (): void =>
    removal({
      title: `Remove ${name}?`,
      children:
        "The graph is put away with its schedule. Its runs stay; one of that name continues its versions.",
      action: "Remove",
      run: () => api.DELETE("/api/graphs/{name}", { params: { path, header: { "If-Match": seen.tag } } }),
      said: `${name} is removed.`,
      forget: [["graphs", "one", name]],
    });
  return (
    <>
      <Button onClick={run}>Run</Button>
      <Button component={Link} to={`/graphs/by-name/${encodeURIComponent(name)}/edit`} variant="default">
        Edit
      </Button>
      <Button variant="light" color="red" onClick={remove}>
        Remove
      </Button>
    </>
  );
}

/** When it runs next, and whether it is paused. */
function Recurrence({ name, cron }: { name: string; cron: string }) {
  const api = useApi();
  const queries = useQueryClient();
  const query = useQuery(scheduleQuery(api, name));
  const mayChange = useMay({ resource: "graphs", level: "write" });
  const steer = (verb: "pause" | "resume"): void => {
    const params = { path: { name } };
    api.POST(`/api/graphs/{name}/schedule/${verb}`, { params, body: {} }).then(
      async () => {
        tellDone(`The schedule of ${name} is ${verb}d.`);
        await queries.invalidateQueries({ queryKey: ["graphs"] });
      },
      (error: unknown) => tellProblem(error, `The schedule was not ${verb}d`),
    );
  };
  return (
    <Panel title="Recurs">
      <QueryState query={query}>
        {({ paused, note, next_runs: next }) => (
          <Stack align="flex-start" gap="xs">
            <Text size="sm">
              <code>{cron}</code> <StatusBadge status={paused ? "paused" : "active"} /> {note}
            </Text>
            <List size="sm">
              {next.slice(0, 5).map((at) => (
                <List.Item key={at}>
                  <Time at={at} as="exact" />
                </List.Item>
              ))}
            </List>
            {mayChange && (
              <Button size="xs" variant="default" onClick={() => steer(paused ? "resume" : "pause")}>
                {paused ? "Resume the schedule" : "Pause the schedule"}
              </Button>
            )}
          </Stack>
        )}
      </QueryState>
    </Panel>
  );
}
