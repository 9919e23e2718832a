import {
  Button,
  Group,
  JsonInput,
  Menu,
  SegmentedControl,
  SimpleGrid,
  Stack,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import type { JobType } from "../../../domain/job-graph.js";
import { answerOf } from "../../data/client.js";
import { toProblem, type ApiProblem } from "../../data/problem.js";
import { useApi, useWho } from "../../data/who.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { ProblemState, QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellDone } from "../../parts/telling.js";
import {
  draftOf,
  emptyGraph,
  palette,
  withChange,
  withEdge,
  withJob,
  withoutJob,
  type DraftGraph,
} from "./draft.js";
import { GraphDrawing } from "./graph-drawing.js";
import { JobForm } from "./job-form.js";
import { checkQuery, graphQuery } from "./queries.js";

export function NewGraph() {
  return <Editor initial={emptyGraph} />;
}

export function EditGraph() {
  const { name = "" } = useParams();
  // Once, with the tag of what was seen: a version that came since must not be overwritten unseen.
  const query = useQuery({
    ...graphQuery(useApi(), name),
    queryKey: ["graph-drafts", name],
    ...{ refetchInterval: false as const, staleTime: Infinity, gcTime: 0 },
  });
  return (
    <QueryState query={query}>
      {({ value, tag }) => <Editor initial={draftOf(value.definition)} tag={tag} />}
    </QueryState>
  );
}

/** @param tag of the version that is edited; absent: it is a new graph */
function Editor({ initial, tag }: { initial: DraftGraph; tag?: string }) {
  const isNew = tag === undefined;
  const [graph, setGraph] = useState(initial);
  const [selected, setSelected] = useState<string | undefined>(initial.jobs[0]?.name);
  const [view, setView] = useState("drawing");
  const { busy, problem, save } = useSaving(graph, tag);
  const check = useCheck(graph);
  const faultyNames = graph.jobs
    .filter((_job, index) => problemsAt(check, index).length > 0)
    .map(({ name }) => name);
  const at = graph.jobs.findIndex(({ name }) => name === selected);
  const add = (type: JobType): void => {
    const next = withJob(graph, type);
    setGraph(next);
    setSelected(next.jobs.at(-1)?.name);
  };
  const general = check?.fields.filter(({ field }) => !/^jobs\.\d/.test(field)) ?? [];
  const job = graph.jobs[at];
  return (
    <>
      <PageHeader
        title={isNew ? "Draw a graph" : `Edit ${initial.name}`}
        trail={[{ title: "Job graphs", to: "/graphs" }]}
        badge={
          graph.jobs.length > 0 && (
            <StatusBadge status={check ? "to be mended" : "valid"} tone={check ? "warning" : "good"} />
          )
        }
        actions={
          <Button onClick={save} loading={busy} disabled={graph.jobs.length === 0}>
            {isNew ? "Save" : "Save as a new version"}
          </Button>
        }
      />
      <Stack>
        <About graph={graph} isNew={isNew} change={setGraph} problems={general} />
        {problem && <ProblemState problem={problem} />}
        <Group justify="space-between">
          <Palette onAdd={add} />
          <SegmentedControl
            aria-label="View"
            data={[
              { value: "drawing", label: "Drawing" },
              { value: "json", label: "JSON" },
            ]}
            value={view}
            onChange={setView}
          />
        </Group>
        {view === "json" ? (
          <AsJson graph={graph} onChange={setGraph} />
        ) : (
          <>
            <GraphDrawing
              graph={graph}
              faulty={new Set(faultyNames)}
              selected={selected}
              onSelect={setSelected}
              onConnect={(before, after) => setGraph(withEdge(graph, before, after))}
            />
            <Group gap="xs" role="group" aria-label="Jobs">
              {graph.jobs.map(({ name }) => (
                <Button
                  key={name}
                  size="compact-sm"
                  variant={name === selected ? "filled" : "default"}
                  aria-pressed={name === selected}
                  onClick={() => setSelected(name)}
                >
                  {name}
                </Button>
              ))}
            </Group>
            {job && (
              <Panel title={`Job ${job.name}`}>
                <JobForm
                  key={at}
                  job={job}
                  others={graph.jobs.filter((_job, index) => index !== at)}
                  problems={problemsAt(check, at)}
                  onChange={(change) => {
                    setGraph(withChange(graph, at, change));
                    if (change.name !== undefined) setSelected(change.name);
                  }}
                  onRemove={() => {
                    setGraph(withoutJob(graph, job.name));
                    setSelected(undefined);
                  }}
                />
              </Panel>
            )}
          </>
        )}
      </Stack>
    </>
  );
}

export interface JobProblem {
  /** Below the job: `input.seconds`. */
  field: string;
  problem: string;
}

function problemsAt(check: ApiProblem | null, index: number): JobProblem[] {
  const start = `jobs.${index}`;
  const own = check?.fields.filter(({ field }) => field === start || field.startsWith(`${start}.`)) ?? [];
  return own.map(({ field, problem }) => ({ field: field.slice(start.length + 1), problem }));
}

/** What the API finds wrong with it, a moment after it was changed; null: nothing. */
function useCheck(graph: DraftGraph): ApiProblem | null {
  const [settled] = useDebouncedValue(graph, 400);
  const named = { ...settled, name: settled.name || "unnamed" };
  const { error, isError } = useQuery({
    ...checkQuery(useApi(), named),
    enabled: settled.jobs.length > 0,
  });
  return isError ? toProblem(error) : null;
}

function useSaving(graph: DraftGraph, tag: string | undefined) {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const save = (): void => {
    setBusy(true);
    setProblem(null);
    const header = tag === undefined ? {} : { "If-Match": tag };
    answerOf(api.POST("/api/graphs", { params: { header }, body: graph as never }))
      .then(async () => {
        tellDone(`${graph.name} is saved.`);
        await queries.invalidateQueries({ queryKey: ["graphs"] });
        void navigate(`/graphs/by-name/${encodeURIComponent(graph.name)}`);
      })
      .catch((error: unknown) => setProblem(toProblem(error)))
      .finally(() => setBusy(false));
  };
  return { busy, problem, save };
}

function Palette({ onAdd }: { onAdd: (type: JobType) => void }) {
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default">Add a job</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(palette) as JobType[]).map((type) => (
          <Menu.Item key={type} onClick={() => onAdd(type)}>
            {palette[type].title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

interface AboutProps {
  graph: DraftGraph;
  isNew: boolean;
  change: (graph: DraftGraph) => void;
  problems: ApiProblem["fields"];
}

function About({ graph, isNew, change, problems }: AboutProps) {
  const { settings } = useWho();
  const wrong = (prefix: string) => problems.find(({ field }) => field.startsWith(prefix))?.problem;
  const { schedule, ...unscheduled } = graph;
  const set = (cron: string, zone: string): void =>
    change(cron === "" ? unscheduled : { ...graph, schedule: { cron, time_zone: zone } });
  const zone = schedule?.time_zone ?? settings.time_zone;
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <TextInput
        label="Name"
        required
        readOnly={!isNew}
        value={graph.name}
        error={graph.name !== "" && wrong("name")}
        onChange={(event) => change({ ...graph, name: event.currentTarget.value })}
      />
      <TextInput
        label="Recurs"
        description="Cron, such as 0 9 * * 1 for Mondays at 9; empty: only when it is run"
        inputWrapperOrder={["label", "input", "description", "error"]}
        value={schedule?.cron ?? ""}
        error={wrong("schedule")}
        onChange={(event) => set(event.currentTarget.value, zone)}
      />
      <TextInput
        label="Time zone"
        value={zone}
        disabled={schedule === undefined}
        onChange={(event) => set(schedule?.cron ?? "", event.currentTarget.value)}
      />
    </SimpleGrid>
  );
}

function AsJson({ graph, onChange }: { graph: DraftGraph; onChange: (graph: DraftGraph) => void }) {
  const [text, setText] = useState(() => JSON.stringify(graph, null, 2));
  const [wrong, setWrong] = useState<string | null>(null);
  const change = (next: string): void => {
    setText(next);
    try {
      onChange(draftOf(JSON.parse(next) as never));
      setWrong(null);
    } catch {
      setWrong("is not the JSON of a graph: name, and jobs as a list");
    }
  };
  return (
    <JsonInput
      label="The graph as JSON"
      autosize
      minRows={12}
      maxRows={40}
      value={text}
      error={wrong}
      onChange={change}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
    />
  );
}
