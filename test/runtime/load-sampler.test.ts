import { expect, test } from "vitest";
import { until } from "../support/until.js";
import { createLoadMeter, sampleLoad } from "../../workers/load-sampler.js";
import { createMetrics } from "../../workers/metrics.js";

test("Load is measured from what the process counts: the fullest queue, failures among enough attempts, memory", async () => {
  const metrics = createMetrics("all");
  const measure = createLoadMeter(metrics.registry);
  metrics.queueDepth("io", 3);
  metrics.queueDepth("retry", 2_000);
  for (let i = 0; i < 10; i += 1) metrics.jobFailed("importContacts", 1);
  const few = await measure();
  expect(few).toMatchObject({ queueDepth: 2_000, errorRate: 0 });
  expect(few.memory).toBeGreaterThan(0);
  expect(few.memory).toBeLessThanOrEqual(1);
  for (let i = 0; i < 30; i += 1) metrics.jobCompleted("importContacts", 1);
  expect((await measure()).errorRate).toBe(0.25);
  for (let i = 0; i < 20; i += 1) metrics.jobCompleted("importContacts", 1);
  expect((await measure()).errorRate).toBe(0);
});

test("The factor that holds for everybody shows in the metrics of each worker", async () => {
  const metrics = createMetrics("all");
  expect(await metrics.registry.metrics()).toMatch(/^floe_system_load_factor\{role="all"\} 1$/m);
  const sampler = sampleLoad(metrics.registry, () => Promise.resolve(0.25), metrics.loadFactor);
  await until("it is lower", async () => (await metrics.registry.metrics()).includes('role="all"} 0.25'));
  sampler.stop();
});
