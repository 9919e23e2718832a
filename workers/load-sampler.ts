import { freemem, totalmem } from "node:os";
import type { Registry } from "prom-client";
import { loadFactor, type LoadSample } from "../domain/system-load.js";

/** Fewer attempts say nothing about the system: one failure of three is an accident. */
const fewestAttempts = 20;

/**
 * Measures this process's memory, the fullest of its queues and the share of its job attempts that failed since the last
 * look, and reports them every few seconds.
 */
export function sampleLoad(
  registry: Registry,
  report: (sample: LoadSample) => Promise<number>,
  onFactor: (factor: number) => void,
): { stop: () => void } {
  const measure = createLoadMeter(registry);
  // Redis away: rates then recover from what was last reported, and nothing is allowed anyway.
  const timer = setInterval(
    () =>
      void measure()
        .then(report)
        .then(onFactor)
        .catch(() => undefined),
    loadFactor.sampleMs,
  );
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** Reads the figures that the process shows as metrics. */
export function createLoadMeter(registry: Registry): () => Promise<LoadSample> {
  const before = { completed: 0, failed: 0 };
  return async () => {
    const [completed, failed, depths] = await Promise.all([
      valuesOf(registry, "jobs_completed_total"),
      valuesOf(registry, "jobs_failed_total"),
      valuesOf(registry, "queue_depth"),
    ]);
    const now = { completed: sum(completed), failed: sum(failed) };
    const failures = now.failed - before.failed;
    const attempts = failures + now.completed - before.completed;
    // Too few are counted together with those of the next look.
    if (attempts >= fewestAttempts) Object.assign(before, now);
    return {
      memory: usedMemory(),
      queueDepth: Math.max(0, ...depths),
      errorRate: attempts >= fewestAttempts ? failures / attempts : 0,
    };
  };
}

/** Of a container's memory this process's share; of a machine's, what is not free for anybody. */
export function usedMemory(): number {
  const constrained = process.constrainedMemory();
  if (constrained > 0 && constrained < totalmem()) return process.memoryUsage.rss() / constrained;
  return 1 - freemem() / totalmem();
}

async function valuesOf(registry: Registry, name: string): Promise<number[]> {
  const metric = await registry.getSingleMetric(name)?.get();
  return metric?.values.map(({ value }) => Number(value)) ?? [];
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
