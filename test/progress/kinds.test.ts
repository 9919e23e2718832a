import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { recordProgress } from "../../db/progress-recorder.js";
import type { ProgressUpdate } from "../../domain/progress.js";
import { createAbTest, createReaders } from "../ab-test/fixture.js";
import { waitFor } from "../graphs/fixture.js";
import { createSequence } from "../sequence/fixture.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";

let world: World;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "floe-progress-"));
  world = await startWorld({ config: { dataFolder: folder } });
  return () => rm(folder, { recursive: true, force: true });
});

async function follow(tenantId: string) {
  const got: ProgressUpdate[] = [];
  await world.floe.progress.subscribe({ tenantId, after: 0 }, (update) => void got.push(update));
  const lastOf = (id: string) => got.findLast((update) => update.id === id);
  const ended = (id: string) =>
    until("its end was told", () => Promise.resolve(lastOf(id)?.status === "completed" && lastOf(id)));
  return { got, ended };
}

test("A campaign's send tells how far it is from its first moment to its end, and again when it is taken up", async () => {
  const { floe, pool } = world;
  const { tenantId } = await createAudience(world, { contacts: 40, domain: "told.example" });
  const { got, ended } = await follow(tenantId);
  const campaign = await createCampaign(world, tenantId);
  const { sendId } = await floe.campaigns.start({ ...campaign, user: "ann" });
  expect(await ended(sendId)).toMatchObject({
    ...{ kind: "send", user: "ann", total: 40, processed: 40, failed: 0 },
  });
  const sequences = got.map(({ sequence }) => sequence);
  expect(sequences).toEqual(sequences.map((_, i) => i + 1));

  await pool.query("update campaign_sends set status = 'sending' where send_id = $1", [sendId]);
  await until("it is told to be running", () => Promise.resolve(got.at(-1)?.status === "running"));
  await pool.query("update campaign_sends set status = 'completed' where send_id = $1", [sendId]);
  await ended(sendId);
  expect(await floe.progress.get({ tenantId, id: sendId })).toMatchObject({
    status: "completed",
    user: "ann",
  });
});

test("Imports and exports count their rows, and runs of job graphs their jobs", async () => {
  const { floe } = world;
  const { tenantId } = await createAudience(world, { contacts: 1, domain: "counted.example" });
  const { ended } = await follow(tenantId);
  const path = join(folder, "people.csv");
  await writeFile(path, "email\nann@told.example\nnobody\nbob@told.example\n");
  const { importId } = await floe.imports.start({ tenantId, path, user: "bob" });
  expect(await ended(importId)).toMatchObject({
    ...{ kind: "import", user: "bob", total: 3, processed: 3, failed: 1 },
  });

  const { exportId } = await floe.exports.start({ tenantId, kind: "contacts" });
  expect(await ended(exportId)).toMatchObject({ kind: "export", total: 3, processed: 3, failed: 0 });

  await floe.jobGraphs.create({
    tenantId,
    name: "twice",
    jobs: [waitFor("first"), { ...waitFor("then"), after: ["first"] }],
  });
  const { runId } = await floe.jobGraphs.run({ tenantId, name: "twice" });
  expect(await ended(runId)).toMatchObject({ kind: "graph", total: 2, processed: 2, failed: 0 });
});

test("A sequence counts its contacts, and its steps' sends tell nothing of their own", async () => {
  const { floe, pool } = world;
  const { tenantId } = await createAudience(world, { contacts: 3, domain: "steps.example" });
  const steps = [{ template: "hello" }];
  const sequence = await createSequence(world, tenantId, { steps });
  expect(await floe.progress.list({ tenantId })).toEqual([]);
  const { got, ended } = await follow(tenantId);
  await floe.sequences.start(sequence);
  await until("it has ended", async () => (await floe.sequences.get(sequence)).status === "completed");
  // Its turn comes once a minute.
  await recordProgress(pool, { all: true });
  expect(await ended(sequence.sequenceId)).toMatchObject({ kind: "sequence", total: 3, processed: 3 });
  expect(new Set(got.map(({ id }) => id))).toEqual(new Set([sequence.sequenceId]));
});

test("An A/B test counts whom its variants have reached, and says what it waits for", async () => {
  const { floe } = world;
  const tenantId = await createReaders(world, 40, "variants.example");
  const { got } = await follow(tenantId);
  const abTest = await createAbTest(world, tenantId);
  await floe.abTests.start(abTest);
  const last = (what: string, seen: (update: ProgressUpdate) => boolean) =>
    until(what, () => Promise.resolve(got.findLast(seen)));
  const sent = async () => (await floe.abTests.results(abTest)).variants.map(({ delivered }) => delivered);
  const tested = await until("the variants were sent", async () => {
    const { testedAt } = await floe.abTests.get(abTest);
    return testedAt !== null && (await sent()).reduce((sum, count) => sum + count, 0);
  });
  expect(tested).toBeGreaterThan(0);
  const told = await last("the variants were told", ({ processed }) => processed === tested);
  expect(told).toMatchObject({ id: abTest.abTestId, kind: "ab-test", status: "running", message: "Tests." });
  await floe.abTests.cancel(abTest);
  const end = await last("its end was told", ({ status }) => status === "cancelled");
  expect(end).toMatchObject({ processed: tested, total: tested });
  expect(new Set(got.map(({ kind }) => kind))).toEqual(new Set(["ab-test"]));
});
