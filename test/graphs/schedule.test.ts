import { beforeAll, expect, it } from "vitest";
import { Conflict, NotFound } from "../../domain/errors.js";
import { jobGraphScheduleId } from "../../domain/ids.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { until } from "../support/until.js";
import { createAudience, startWorld, type World } from "../support/world.js";
import { waitFor } from "./fixture.js";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});

it("a recurring graph has a schedule of its own: it runs the latest version, and a pause survives new ones", async () => {
  const { floe, config } = world;
  const { tenantId } = await createAudience(world, { contacts: 0, domain: "often.example" });
  const graph = { tenantId, name: "nightly", schedule: { cron: "30 3 * * *", timeZone: "Europe/Berlin" } };
  await floe.jobGraphs.create({ ...graph, jobs: [waitFor("a")] });
  const { paused, nextRuns } = await floe.jobGraphs.schedule(graph);
  expect(paused).toBe(false);
  const inBerlin = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Berlin", timeStyle: "short" });
  expect(nextRuns.slice(0, 3).map((at) => inBerlin.format(at))).toEqual(["03:30", "03:30", "03:30"]);

  await floe.jobGraphs.pauseSchedule({ ...graph, note: "The list is being cleaned." });
  await floe.jobGraphs.create({ ...graph, jobs: [waitFor("a"), { ...waitFor("b"), after: ["a"] }] });
  expect(await floe.jobGraphs.schedule(graph)).toMatchObject({
    paused: true,
    note: "The list is being cleaned.",
  });
  await floe.jobGraphs.resumeSchedule(graph);
  expect((await floe.jobGraphs.schedule(graph)).paused).toBe(false);

  const client = await createTemporalClient(config.temporal);
  await client.schedule.getHandle(jobGraphScheduleId(tenantId, "nightly")).trigger();
  await client.connection.close();
  const [run] = await until("the run", async () => {
    const runs = await floe.jobGraphs.runs({ tenantId, limit: 10 });
    return runs.length > 0 && runs;
  });
  expect(run).toMatchObject({ graphName: "nightly", version: 2 });
  expect(run?.runKey).toContain(jobGraphScheduleId(tenantId, "nightly"));
  const ended = await floe.jobGraphs.wait({ tenantId, runId: run?.runId ?? "" });
  expect(ended.jobs.map(({ state }) => state)).toEqual(["succeeded", "succeeded"]);
});

it("a graph that recurs no longer loses its schedule", async () => {
  const { floe } = world;
  const { tenantId } = await createAudience(world, { contacts: 0, domain: "once.example" });
  const graph = { tenantId, name: "once", jobs: [waitFor("a")] };
  await floe.jobGraphs.create({ ...graph, schedule: { cron: "0 0 1 1 *" } });
  await floe.jobGraphs.create(graph);
  const ref = { tenantId, name: "once" };
  await expect(floe.jobGraphs.schedule(ref)).rejects.toThrow(NotFound);
  await expect(floe.jobGraphs.pauseSchedule(ref)).rejects.toThrow("There is no schedule of the graph once.");
});

it("a graph is put away with its schedule when nothing of it runs; its runs stay, and it can be saved again", async () => {
  const { floe } = world;
  const { tenantId } = await createAudience(world, { contacts: 0, domain: "away.example" });
  const wait = { name: "wait", type: "wait", input: { seconds: 3_600 } } as const;
  const graph = { tenantId, name: "away", schedule: { cron: "0 0 1 1 *" }, jobs: [wait] };
  await floe.jobGraphs.create(graph);
  const ref = { tenantId, name: "away" };
  const run = await floe.jobGraphs.run(ref);
  await expect(floe.jobGraphs.remove(ref)).rejects.toThrow(Conflict);
  expect((await floe.jobGraphs.schedule(ref)).nextRuns).not.toHaveLength(0);
  await floe.jobGraphs.cancel(run);
  await floe.jobGraphs.wait(run);

  await floe.jobGraphs.remove(ref);
  await floe.jobGraphs.remove(ref);
  await expect(floe.jobGraphs.get(ref)).rejects.toThrow(NotFound);
  await expect(floe.jobGraphs.run(ref)).rejects.toThrow(NotFound);
  await expect(floe.jobGraphs.schedule(ref)).rejects.toThrow(NotFound);
  expect(await floe.jobGraphs.list({ tenantId })).toEqual([]);
  expect((await floe.jobGraphs.status(run)).status).toBe("cancelled");
  expect(await floe.jobGraphs.create(graph)).toMatchObject({ version: 2, created: true });
  expect((await floe.jobGraphs.schedule(ref)).nextRuns).not.toHaveLength(0);
});
