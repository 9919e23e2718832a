import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobGraphInput } from "../../client/job-graphs.js";
import { Conflict, NotFound } from "../../domain/errors.js";
import { campaignWorkflowId, emailsWorkflowId, jobGraphWorkflowId } from "../../domain/ids.js";
import { messagesTo } from "../email/fixture.js";
import { makeFolder } from "../export/folder.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { jobOf, mailJob, statesOf, waitFor } from "./fixture.js";

let world: World;
let folder: string;

beforeAll(async () => {
  world = await startWorld({ config: { retryBaseMs: 200, dataFolder: await makeFolder() } });
  folder = await mkdtemp(join(tmpdir(), "floe-graphs-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Every edge kind: stop, continue, retry, skip, past a skip; conditions on counts; three kinds of work. */
function wholeGraph(campaignId: string, people: string, late: string): JobGraphInput {
  return {
    name: "whole",
    jobs: [
      { name: "list", type: "import.contacts", input: { path: people, list: "everybody" } },
      {
        name: "news",
        type: "campaign.send",
        after: ["list"],
        when: { job: "list", path: "rowsImported", op: "gte", value: 3 },
        input: { campaignId },
      },
      {
        name: "broken",
        type: "email.send",
        input: { recipient: "x@whole.example", template: "later", fromEmail: "a@whole.example" },
      },
      { ...waitFor("goes-on"), after: [{ job: "broken", onFailure: "continue" }] },
      { ...waitFor("stopped"), after: ["broken"] },
      { ...waitFor("past-blocked"), after: [{ job: "stopped", onFailure: "continue" }] },
      { ...waitFor("never"), after: ["news"], when: { job: "news", path: "sent", op: "gt", value: 1_000 } },
      { ...waitFor("skipped-too"), after: ["never"] },
      { ...waitFor("past-skip"), after: [{ job: "never", onSkip: "continue" }] },
      { name: "flaky", type: "import.contacts", input: { path: late } },
      { ...waitFor("after-flaky"), after: [{ job: "flaky", onFailure: "retry", retries: 8 }] },
      {
        ...mailJob("report", "boss@whole.example"),
        after: ["news", "after-flaky"],
        when: {
          and: [
            { job: "news", path: "sent", op: "eq", value: 3 },
            { not: { job: "list", path: "state", op: "ne", value: "succeeded" } },
          ],
        },
      },
    ],
  };
}

it("runs a whole graph with every edge kind, and resumes it from what failed without repeating anything", async () => {
  const { floe } = world;
  const { tenantId } = await createAudience(world, { contacts: 0, domain: "whole.example" });
  const { campaignId } = await createCampaign(world, tenantId);
  const people = join(folder, "people.csv");
  const late = join(folder, "late.csv");
  await writeFile(people, "email\na@whole.example\nb@whole.example\nc@whole.example\n");
  await floe.jobGraphs.create({ tenantId, ...wholeGraph(campaignId, people, late) });
  const run = await floe.jobGraphs.run({ tenantId, name: "whole", runKey: "monday" });
  // A second start with the key is the same run.
  expect(await floe.jobGraphs.run({ tenantId, name: "whole", runKey: "monday" })).toEqual({
    ...run,
    created: false,
  });

  await until("a second attempt of the flaky import", async () => {
    return jobOf(await floe.jobGraphs.status(run), "flaky").attempts >= 2;
  });
  await writeFile(late, "email\nd@whole.example\n");
  const ended = await floe.jobGraphs.wait(run);
  expect(statesOf(ended)).toEqual({
    list: "succeeded",
    news: "succeeded",
    broken: "failed",
    "goes-on": "succeeded",
    stopped: "blocked",
    "past-blocked": "succeeded",
    never: "skipped",
    "skipped-too": "skipped",
    "past-skip": "succeeded",
    flaky: "succeeded",
    "after-flaky": "succeeded",
    report: "succeeded",
  });
  expect(ended.status).toBe("failed");
  expect(jobOf(ended, "list").result).toMatchObject({ rowsImported: 3, rowsCreated: 3, rowsRefused: 0 });
  expect(jobOf(ended, "news").result).toMatchObject({ sent: 3, dead: 0 });
  expect(jobOf(ended, "broken").reason).toBe("There is no template later.");
  expect(jobOf(ended, "stopped").reason).toBe("broken is failed");

  await floe.templates.save({ tenantId, name: "later", subject: "At last", html: "<p>Here it is.</p>" });
  const resumed = await floe.jobGraphs.resume(run);
  expect(await floe.jobGraphs.resume(run)).toEqual({ ...resumed, created: false });
  const second = await floe.jobGraphs.wait(resumed);
  expect(second).toMatchObject({ status: "completed", resumedFrom: run.runId });
  expect(statesOf(second)).toMatchObject({ broken: "succeeded", stopped: "succeeded", never: "skipped" });
  for (const name of ["list", "news", "goes-on", "flaky", "report"])
    expect(jobOf(second, name)).toMatchObject({ reusedFrom: run.runId, workId: jobOf(ended, name).workId });
  for (const address of ["a", "b", "c", "x", "boss"])
    expect(messagesTo(world, `${address}@whole.example`), address).toHaveLength(1);
  expect(messagesTo(world, "d@whole.example")).toHaveLength(0);
  expect(await floe.campaigns.sends({ tenantId, limit: 10 })).toHaveLength(1);
  await expect(floe.jobGraphs.resume(resumed)).rejects.toThrow(Conflict);
});

it("keeps addresses out of the history and shows the jobs as children", async () => {
  const { floe, config } = world;
  const { tenantId } = await createAudience(world, { contacts: 0, domain: "quiet.example" });
  await floe.jobGraphs.create({
    tenantId,
    name: "quiet",
    jobs: [mailJob("mail", "secret-person@quiet.example")],
  });
  const run = await floe.jobGraphs.wait(await floe.jobGraphs.run({ tenantId, name: "quiet" }));
  expect(run.status).toBe("completed");
  const client = await createTemporalClient(config.temporal);
  const history = await client.workflow.getHandle(jobGraphWorkflowId(run.runId)).fetchHistory();
  const decoded = JSON.stringify(history).replaceAll(/"data":"([\w+/=]+)"/g, (_, data: string) =>
    Buffer.from(data, "base64").toString(),
  );
  expect(decoded).toContain(`email/${jobOf(run, "mail").workId ?? ""}`);
  expect(decoded).not.toContain("secret-person");
  await client.connection.close();
});

describe("a run that is cancelled", () => {
  it("cancels the send that is under way, and begins nothing more; resumed, it goes on with the rest", async () => {
    const { floe } = world;
    const { tenantId } = await createAudience(world, { contacts: 200, domain: "stop.example" });
    const { campaignId } = await createCampaign(world, tenantId);
    await floe.jobGraphs.create({
      tenantId,
      name: "slow",
      jobs: [
        mailJob("hello", "first@stop.example"),
        { name: "news", type: "campaign.send", after: ["hello"], input: { campaignId, perSecond: 5 } },
        { ...mailJob("report", "boss@stop.example"), after: [{ job: "news", onFailure: "continue" }] },
      ],
    });
    const run = await floe.jobGraphs.run({ tenantId, name: "slow" });
    await until("some of the campaign", async () => {
      return world.smtp.messages.some(({ to }) => to[0]?.startsWith("user"));
    });
    await floe.jobGraphs.cancel(run);
    const ended = await floe.jobGraphs.wait(run);
    expect(ended.status).toBe("cancelled");
    expect(statesOf(ended)).toEqual({ hello: "succeeded", news: "cancelled", report: "cancelled" });
    const [send] = await floe.campaigns.sends({ tenantId, limit: 1 });
    expect(send).toMatchObject({ status: "cancelled", sendId: jobOf(ended, "news").workId });
    expect(messagesTo(world, "boss@stop.example")).toHaveLength(0);
    await expect(floe.jobGraphs.cancel(run)).rejects.toThrow(/is cancelled; it cannot be cancelled/);

    // The send was cancelled for good; what comes behind it is told to go on past its failure.
    const second = await floe.jobGraphs.wait(await floe.jobGraphs.resume(run));
    expect(statesOf(second)).toEqual({ hello: "succeeded", news: "failed", report: "succeeded" });
    expect(second.status).toBe("completed");
    expect(jobOf(second, "hello").reusedFrom).toBe(run.runId);
    expect(messagesTo(world, "first@stop.example")).toHaveLength(1);
  });
});

it("takes up a run whose workflow and whose send's workflow were terminated, and sends nothing twice", async () => {
  const { floe, config } = world;
  const { tenantId } = await createAudience(world, { contacts: 60, domain: "lost.example" });
  const { campaignId } = await createCampaign(world, tenantId);
  await floe.jobGraphs.create({
    tenantId,
    name: "lost",
    jobs: [{ name: "news", type: "campaign.send", input: { campaignId, perSecond: 40 } }],
  });
  const run = await floe.jobGraphs.run({ tenantId, name: "lost" });
  const sendId = await until("the send", async () => jobOf(await floe.jobGraphs.status(run), "news").workId);
  const client = await createTemporalClient(config.temporal);
  await until("its workflow", async () => client.workflow.getHandle(campaignWorkflowId(sendId)).describe());
  await client.workflow.getHandle(jobGraphWorkflowId(run.runId)).terminate("test");
  await client.workflow.getHandle(campaignWorkflowId(sendId)).terminate("test");
  await client.connection.close();
  expect(await floe.jobGraphs.resume(run)).toEqual({ ...run, created: false });
  const ended = await floe.jobGraphs.wait(run);
  expect(jobOf(ended, "news")).toMatchObject({ state: "succeeded", workId: sendId, result: { sent: 60 } });
  const addresses = world.smtp.messages.flatMap(({ to }) => to).filter((to) => to.endsWith("@lost.example"));
  expect(new Set(addresses).size).toBe(60);
});

it("saves a new version when a graph says something else, and finds nothing of another tenant", async () => {
  const { floe } = world;
  const { tenantId } = await createAudience(world, { contacts: 0, domain: "versions.example" });
  const first = { tenantId, name: "versions", jobs: [waitFor("a")] };
  expect(await floe.jobGraphs.create(first)).toMatchObject({ version: 1, created: true });
  expect(await floe.jobGraphs.create(first)).toMatchObject({ version: 1, created: false });
  const both = [waitFor("a", 2), waitFor("a", 3)].map((job) =>
    floe.jobGraphs.create({ ...first, jobs: [job] }),
  );
  expect((await Promise.all(both)).map(({ version }) => version).sort()).toEqual([2, 3]);
  expect(await floe.jobGraphs.list({ tenantId })).toMatchObject([{ name: "versions", version: 3 }]);
  const run = await floe.jobGraphs.run({ tenantId, name: "versions" });
  const { tenantId: other } = await createAudience(world, { contacts: 0, domain: "versions.example" });
  await expect(floe.jobGraphs.status({ ...run, tenantId: other })).rejects.toThrow(NotFound);
  await expect(floe.jobGraphs.run({ tenantId: other, name: "versions" })).rejects.toThrow(NotFound);
  expect(await floe.jobGraphs.runs({ tenantId: other, limit: 10 })).toEqual([]);
  expect(await floe.jobGraphs.runs({ tenantId, name: "versions", limit: 10 })).toMatchObject([
    { runId: run.runId, version: 3 },
  ]);
  await floe.jobGraphs.wait(run);
});

it("an export is a job like others: its counts are there for what comes behind it", async () => {
  const { tenantId } = await createAudience(world, { contacts: 4, domain: "exported.example" });
  await world.floe.jobGraphs.create({
    tenantId,
    name: "export",
    jobs: [
      { name: "people", type: "export.data", input: { kind: "contacts", gzip: true } },
      {
        ...waitFor("behind"),
        after: ["people"],
        when: { job: "people", path: "rowsWritten", op: "eq", value: 4 },
      },
      { name: "broken", type: "export.data", input: { kind: "contacts", url: "s3://nowhere/a.csv" } },
    ],
  });
  const ended = await world.floe.jobGraphs.wait(await world.floe.jobGraphs.run({ tenantId, name: "export" }));
  expect(statesOf(ended)).toEqual({ people: "succeeded", behind: "succeeded", broken: "failed" });
  expect(jobOf(ended, "people").result).toMatchObject({ rowsWritten: 4 });
  expect(jobOf(ended, "broken").reason).toContain("no S3 access is set up");
  await expect(
    world.floe.jobGraphs.create({
      tenantId,
      name: "wrong",
      jobs: [{ name: "people", type: "export.data", input: { kind: "contacts", sendId: "x" } }],
    }),
  ).rejects.toMatchObject({ kind: "InvalidInput" });
});

it("a run that was terminated and resumed goes on with an email whose workflow outlived it, and sends it once", async () => {
  const { tenantId } = await createAudience(world, { contacts: 0, domain: "outlived.example" });
  const client = await createTemporalClient(world.config.temporal);
  const mail = mailJob("mail", "ann@outlived.example");
  const sendAt = new Date(Date.now() + 5_000).toISOString();
  await world.floe.jobGraphs.create({
    tenantId,
    name: "outlived",
    jobs: [{ ...mail, input: { ...mail.input, sendAt } }],
  });
  const run = await world.floe.jobGraphs.run({ tenantId, name: "outlived" });
  const emailId = await until(
    "the email",
    async () => jobOf(await world.floe.jobGraphs.status(run), "mail").workId,
  );
  const handle = client.workflow.getHandle(emailsWorkflowId(emailId));
  await until("its workflow", async () => {
    const found = await handle.describe().catch(() => null);
    return found?.status.name === "RUNNING";
  });
  await client.workflow.getHandle(jobGraphWorkflowId(run.runId)).terminate("test");
  expect(await world.floe.jobGraphs.resume(run)).toEqual({ ...run, created: false });
  const ended = await world.floe.jobGraphs.wait(run);
  expect(ended.status).toBe("completed");
  expect(jobOf(ended, "mail")).toMatchObject({ workId: emailId, result: { sent: 1 } });
  expect(messagesTo(world, "ann@outlived.example")).toHaveLength(1);
  await client.connection.close();
});
