import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { GraphRunRef } from "../../client/job-graph-input.js";
import { jobGraphWorkflowId } from "../../domain/ids.js";
import { messagesTo } from "../email/fixture.js";
import { startTimeSkipping } from "../support/time-skipping.js";
import { createAudience, startWorld, type World } from "../support/world.js";
import { jobOf, mailJob, statesOf, waitFor } from "./fixture.js";

/** Days pass in an instant here: Temporal's time-skipping server, everything else as real as elsewhere. */
let env: TestWorkflowEnvironment;
let world: World;
let tenantId: string;

beforeAll(async () => {
  env = await startTimeSkipping();
  world = await startWorld({ temporal: { address: env.address, namespace: "default" } });
  ({ tenantId } = await createAudience(world, { contacts: 0, domain: "unused.example" }));
});
afterAll(() => env.teardown());

/** Lets time skip until the run has ended. */
async function finish(run: GraphRunRef) {
  await env.client.workflow.getHandle(jobGraphWorkflowId(run.runId)).result();
  return world.floe.jobGraphs.status(run);
}

const days = 24 * 3_600;

it("a job behind a wait of three days begins then, not before", async () => {
  const { floe } = world;
  const jobs = [waitFor("pause", 3 * days), { ...mailJob("mail", "ann@days.example"), after: ["pause"] }];
  await floe.jobGraphs.create({ tenantId, name: "days", jobs });
  const run = await floe.jobGraphs.run({ tenantId, name: "days" });
  await expect.poll(async () => statesOf(await floe.jobGraphs.status(run)).pause).toBe("running");
  await env.sleep("71h");
  expect(statesOf(await floe.jobGraphs.status(run))).toEqual({ pause: "running", mail: "waiting" });
  const ended = await finish(run);
  expect(statesOf(ended)).toEqual({ pause: "succeeded", mail: "succeeded" });
  expect(jobOf(ended, "pause").result).toEqual({ seconds: 3 * days });
  expect(messagesTo(world, "ann@days.example")).toHaveLength(1);
});

it("a failed job is tried again as often as its edge says, each time later, and then stops what is behind it", async () => {
  const { floe } = world;
  const mail = {
    name: "mail",
    type: "email.send" as const,
    input: { recipient: "a@b.example", template: "none", fromEmail: "a@b.example" },
  };
  const behind = { ...waitFor("behind"), after: [{ job: "mail", onFailure: "retry" as const, retries: 3 }] };
  await floe.jobGraphs.create({ tenantId, name: "stubborn", jobs: [mail, behind] });
  const before = await env.currentTimeMs();
  const ended = await finish(await floe.jobGraphs.run({ tenantId, name: "stubborn" }));
  expect(ended.status).toBe("failed");
  expect(jobOf(ended, "mail")).toMatchObject({ state: "failed", attempts: 4 });
  expect(jobOf(ended, "behind")).toMatchObject({ state: "blocked", reason: "mail is failed" });
  // 30, 60 and 120 seconds, of which a half is random.
  expect((await env.currentTimeMs()) - before).toBeGreaterThan(105_000);
});

it("a cancel ends a wait at once, and what was to come behind it", async () => {
  const { floe } = world;
  const jobs = [waitFor("pause", 9 * days), { ...mailJob("mail", "ann@never.example"), after: ["pause"] }];
  await floe.jobGraphs.create({ tenantId, name: "never", jobs });
  const run = await floe.jobGraphs.run({ tenantId, name: "never" });
  await expect.poll(async () => statesOf(await floe.jobGraphs.status(run)).pause).toBe("running");
  const before = await env.currentTimeMs();
  await floe.jobGraphs.cancel(run);
  await expect.poll(async () => (await floe.jobGraphs.status(run)).status).toBe("cancelled");
  expect(statesOf(await floe.jobGraphs.status(run))).toEqual({ pause: "cancelled", mail: "cancelled" });
  expect((await env.currentTimeMs()) - before).toBeLessThan(days * 1_000);
  expect(messagesTo(world, "ann@never.example")).toHaveLength(0);
});

it("Temporal's own cancel of the run comes to the same", async () => {
  const { floe } = world;
  await floe.jobGraphs.create({ tenantId, name: "by-ui", jobs: [waitFor("pause", days)] });
  const run = await floe.jobGraphs.run({ tenantId, name: "by-ui" });
  await expect.poll(async () => statesOf(await floe.jobGraphs.status(run)).pause).toBe("running");
  await env.client.workflow.getHandle(jobGraphWorkflowId(run.runId)).cancel();
  await expect.poll(async () => (await floe.jobGraphs.status(run)).status).toBe("cancelled");
});
