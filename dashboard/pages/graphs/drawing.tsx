import "@xyflow/react/dist/style.css";
import dagre from "@dagrejs/dagre";
import { Box, Stack, Text, useComputedColorScheme } from "@mantine/core";
import {
  Background,
  Controls,
  Handle,
  MarkerType,
  Position,
  ReactFlow,
  type Edge,
  type Node,
  type NodeProps,
} from "@xyflow/react";
import { useMemo } from "react";
import { StatusBadge } from "../../parts/status-badge.js";
import { palette, type DraftGraph } from "./draft.js";

export interface DrawingProps {
  graph: DraftGraph;
  /** How each job stands, by name: of a run. */
  states?: ReadonlyMap<string, string>;
  /** Names of jobs that something is wrong with. */
  faulty?: ReadonlySet<string>;
  selected?: string | undefined;
  onSelect?: (name: string) => void;
  /** Absent: it is looked at only. */
  onConnect?: (before: string, job: string) => void;
}

const size = { width: 210, height: 84 };

interface JobData extends Record<string, unknown> {
  title: string;
  type: string;
  state: string | undefined;
  faulty: boolean;
}

/** Dragging between the dots of two jobs connects them; the form beside it does the same without dragging. */
export function Drawing(props: DrawingProps) {
  const { graph, states, faulty, selected, onSelect, onConnect } = props;
  const scheme = useComputedColorScheme("light");
  const places = useMemo(() => layout(graph), [graph]);
  const nodes: Node<JobData>[] = graph.jobs.map(({ name, type }) => ({
    id: name,
    type: "job",
    position: places.get(name) ?? { x: 0, y: 0 },
    selected: name === selected,
    ariaLabel: `Job ${name}`,
    data: {
      ...{ title: name, type: palette[type].title },
      ...{ state: states?.get(name), faulty: faulty?.has(name) ?? false },
    },
  }));
  return (
    <Box h={420} role="region" aria-label="Drawing of the graph" bd="1px solid var(--floe-line)">
      <ReactFlow
        key={graph.jobs.map(({ name }) => name).join()}
        nodes={nodes}
        edges={edgesOf(graph)}
        nodeTypes={nodeTypes}
        colorMode={scheme}
        fitView
        fitViewOptions={{ maxZoom: 1.1, padding: 0.15 }}
        minZoom={0.1}
        nodesDraggable={false}
        nodesConnectable={onConnect !== undefined}
        edgesFocusable={false}
        preventScrolling={false}
        zoomOnScroll={false}
        deleteKeyCode={null}
        onNodeClick={(_event, { id }) => onSelect?.(id)}
        onConnect={({ source, target }) => onConnect?.(source, target)}
        proOptions={{ hideAttribution: true }}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </Box>
  );
}

const nodeTypes = { job: JobNode };

function JobNode({ data, selected, isConnectable }: NodeProps<Node<JobData>>) {
  const color = data.faulty
    ? "var(--mantine-color-red-6)"
    : selected
      ? "var(--mantine-color-blue-6)"
      : "var(--floe-line)";
  return (
    <Box
      w={size.width}
      mih={size.height}
      p="xs"
      bg="var(--mantine-color-body)"
      style={{ border: `2px solid ${color}`, borderRadius: "var(--mantine-radius-md)" }}
    >
      <Handle type="target" position={Position.Left} isConnectable={isConnectable} />
      <Stack gap={2}>
        <Text size="sm" fw={600} truncate c="var(--mantine-color-text)">
          {data.title}
        </Text>
        <Text size="xs" c="var(--floe-quiet)">
          {data.type}
        </Text>
        {data.state !== undefined && <StatusBadge status={data.state} />}
        {data.faulty && <StatusBadge status="to be mended" tone="bad" />}
      </Stack>
      <Handle type="source" position={Position.Right} isConnectable={isConnectable} />
    </Box>
  );
}

function edgesOf({ jobs }: DraftGraph): Edge[] {
  const names = new Set(jobs.map(({ name }) => name));
  return jobs.flatMap(({ name, after }) =>
    after
      .filter(({ job }) => names.has(job))
      .map(({ job, on_failure: policy, retries }) => ({
        id: `${job} ${name}`,
        source: job,
        target: name,
        focusable: false,
        markerEnd: { type: MarkerType.ArrowClosed },
        ...(policy !== "stop" && {
          label: policy === "retry" ? `retry ${retries ?? ""}` : "also when it fails",
        }),
      })),
  );
}

/** From left to right, in the order of the edges. */
function layout({ jobs }: DraftGraph): Map<string, { x: number; y: number }> {
  const drawn = new dagre.graphlib.Graph();
  drawn.setGraph({ rankdir: "LR", nodesep: 30, ranksep: 90 });
  drawn.setDefaultEdgeLabel(() => ({}));
  for (const { name } of jobs) drawn.setNode(name, { ...size });
  for (const { name, after } of jobs)
    for (const { job } of after) if (drawn.hasNode(job)) drawn.setEdge(job, name);
  dagre.layout(drawn);
  return new Map(
    jobs.map(({ name }) => {
      const { x, y } = drawn.node(name) as { x: number; y: number };
      return [name, { x: x - size.width / 2, y: y - size.height / 2 }];
    }),
  );
}
