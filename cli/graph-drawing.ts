import type { GraphRunJob } from "../client/job-graphs.js";
import type { GraphJob, JobState } from "../domain/job-graph.js";
import { describeCondition, describeEdge } from "../domain/job-graph-text.js";
import { topologicalOrder } from "../domain/job-graph-validation.js";
import { showCell } from "./output.js";

const marks: Record<JobState, string> = {
  waiting: "·",
  running: "▸",
  succeeded: "✓",
  failed: "✗",
  skipped: "–",
  blocked: "■",
  cancelled: "○",
};

/**
 * A graph as text: one line a job, behind the jobs it waits for and further right than they, with its state and what came of it.
 * Without `states` only the graph itself.
 */
export function drawGraph(jobs: readonly GraphJob[], states: readonly GraphRunJob[] = []): string {
  const depths = depthsOf(jobs);
  const lines = topologicalOrder(jobs).flatMap((name) => {
    const job = jobs.find((one) => one.name === name);
    if (!job) return [];
    const state = states.find((one) => one.name === name);
    const mark = state ? `${marks[state.state]} ` : "";
    const head = `${"  ".repeat(depths.get(name) ?? 0)}${mark}${name}`;
    return [[head, job.type, state?.state ?? "", describeEnd(state), describeBefore(job)]];
  });
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? "").length))) ?? [];
  return lines
    .map((line) =>
      line
        .map((part, i) => part.padEnd(widths[i] ?? 0))
        .filter((_, i) => (widths[i] ?? 0) > 0)
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The longest way from a job that waits for none. */
function depthsOf(jobs: readonly GraphJob[]): Map<string, number> {
  const depths = new Map<string, number>();
  for (const name of topologicalOrder(jobs)) {
    const { after = [] } = jobs.find((job) => job.name === name) ?? {};
    depths.set(name, Math.max(-1, ...after.map(({ job }) => depths.get(job) ?? 0)) + 1);
  }
  return depths;
}

function describeEnd(state: GraphRunJob | undefined): string {
  if (!state) return "";
  // Ids are in --json; nothing is said of what did not happen.
  const counts = Object.entries(state.result).filter(([, value]) => typeof value === "number" && value > 0);
  const parts = [
    ...counts.map(([name, value]) => `${name} ${value}`),
    ...(state.attempts > 1 ? [`attempt ${state.attempts}`] : []),
    ...(state.reusedFrom ? ["from the run before"] : []),
    ...(state.reason ? [showCell(state.reason)] : []),
  ];
  return parts.join(", ");
}

function describeBefore({ after, when }: GraphJob): string {
  const parts = [
    ...(after.length > 0 ? [`← ${after.map(describeEdge).join(", ")}`] : []),
    ...(when ? [`when ${showCell(describeCondition(when))}`] : []),
  ];
  return parts.join("  ");
}
