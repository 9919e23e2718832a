import { expect, it } from "vitest";
import { createJobGraphStore } from "../../db/job-graphs.js";
import { createAudience, startWorld } from "../support/world.js";
import { createTemporalClient } from "../support/temporal-client.js";

it("A graph runs its jobs in order, and skips one whose condition is false", async () => {
  const world = await startWorld();
  const { tenantId } = await createAudience(world, { contacts: 0, domain: "x.example" });
  const store = createJobGraphStore(world.pool);
  const graph = await store.saveGraph(tenantId, {
    name: "g",
    jobs: [
      { name: "w", type: "wait", after: [], input: { seconds: 1 } },
      {
        name: "e",
        type: "email.send",
        after: [{ job: "w", onFailure: "stop", onSkip: "skip" }],
        input: { recipient: "a@b.example", subject: "x", html: "y", fromEmail: "s@b.example" },
      },
      {
        name: "s",
        type: "wait",
        after: [{ job: "e", onFailure: "stop", onSkip: "skip" }],
        when: { job: "e", path: "sent", op: "gt", value: 5 },
        input: { seconds: 1 },
      },
    ],
  });
  const { runId } = await store.createRun({ graph, runKey: "1" });
  const client = await createTemporalClient(world.config.temporal);
  expect(
    await client.workflow.execute("jobGraph", {
      workflowId: `jobGraph/${runId}`,
      taskQueue: "campaign",
      args: [{ runId }],
    }),
  ).toEqual({
    status: "completed",
    jobs: { w: "succeeded", e: "succeeded", s: "skipped" },
  });
}, 40000);
