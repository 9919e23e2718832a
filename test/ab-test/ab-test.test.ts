import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AbTestInput, AbTestRef } from "../../client/ab-test-input.js";
import type { AbTest } from "../../client/ab-tests.js";
import { abTestWorkflowId } from "../../domain/ids.js";
import { startTimeSkipping } from "../support/time-skipping.js";
import { startWorld, type World } from "../support/world.js";
import { createAbTest, createReaders, ledgerOf, react, variantsOf } from "./fixture.js";

/** Hours pass in an instant here: Temporal's time-skipping server, everything else as real as elsewhere. */
let env: TestWorkflowEnvironment;
let world: World;
const hourMs = 3_600_000;

beforeAll(async () => {
  env = await startTimeSkipping();
  world = await startWorld({ temporal: { address: env.address, namespace: "default" } });
});
afterAll(() => env.teardown());

/** Without any skipping. */
async function reached(test: AbTestRef, what: (now: AbTest) => boolean): Promise<AbTest> {
  await expect.poll(async () => what(await world.floe.abTests.get(test)), { timeout: 30_000 }).toBe(true);
  return world.floe.abTests.get(test);
}

async function tested(test: AbTestRef): Promise<AbTest> {
  return reached(test, ({ testedAt }) => testedAt !== null);
}

/** Lets time skip until the test has ended. */
async function finish(test: AbTestRef): Promise<AbTest> {
  await env.client.workflow.getHandle(abTestWorkflowId(test.abTestId)).result();
  return world.floe.abTests.get(test);
}

async function begun(contacts: number, domain: string, over: Partial<AbTestInput> = {}): Promise<AbTestRef> {
  const test = await createAbTest(world, await createReaders(world, contacts, domain), over);
  await world.floe.abTests.start(test);
  return test;
}

/** Each address once, whatever the variant. */
async function expectEachOnce(test: AbTestRef, contacts: number): Promise<void> {
  const rows = await ledgerOf(world, test);
  expect(rows).toHaveLength(contacts);
  expect(new Set(rows.map(({ email }) => email)).size).toBe(contacts);
  expect(rows.every(({ status }) => status === "sent")).toBe(true);
}

describe("an A/B test", () => {
  it("sends the variants to parts of the audience, and after hours the better one to all others", async () => {
    const test = await begun(400, "whole.example");
    await tested(test);
    const before = await variantsOf(world, test);
    expect(before.reduce((sum, { delivered }) => sum + delivered, 0)).toBeGreaterThan(150);
    expect(before.reduce((sum, { delivered }) => sum + delivered, 0)).toBeLessThan(250);
    await react(world, test, { variant: 1, people: 5 });
    await react(world, test, { variant: 2, people: 40 });
    // Who joins meanwhile gets the winner, in whichever part a late contact may fall.
    const late = Array.from({ length: 20 }, (_, n) => ({ email: `late${n}@whole.example` }));
    await world.floe.contacts.upsert({ tenantId: test.tenantId, list: "everybody", contacts: late });

    const done = await finish(test);
    expect(done).toMatchObject({
      status: "completed",
      winner: 2,
      decidedBy: "rules",
      reason: "significant",
    });
    expect(done.lateMs).toBeLessThan(60_000);
    await expectEachOnce(test, 420);
    const rest = (await ledgerOf(world, test)).filter(({ runKey }) => runKey === "rest");
    const addresses = new Set(rest.map(({ email }) => email));
    expect(late.every(({ email }) => addresses.has(email))).toBe(true);
    const mails = world.smtp.messages.filter(({ to }) => addresses.has(to[0] ?? ""));
    expect(mails).toHaveLength(rest.length);
    expect(mails.every(({ body }) => /^Subject: Other/m.test(body ?? ""))).toBe(true);
    expect(mails.every(({ body }) => /^From: "?Ann of News/m.test(body ?? ""))).toBe(true);
    expect(
      (await world.floe.campaigns.get({ tenantId: test.tenantId, campaignId: test.abTestId })).status,
    ).toBe("completed");
  });

  it("without a reaction sends the first variant, and says why", async () => {
    const test = await begun(60, "silent.example");
    expect(await finish(test)).toMatchObject({ status: "completed", winner: 1, reason: "no-reactions" });
    await expectEachOnce(test, 60);
  });

  it("waits for a person when nothing is clear and it is told to", async () => {
    const test = await begun(60, "unclear.example", { onUnclear: "hold" });
    await tested(test);
    await env.sleep(5 * hourMs);
    expect(await reached(test, ({ status }) => status === "held")).toMatchObject({
      winner: null,
      reason: "no-reactions",
    });
    await expect(world.floe.abTests.pickWinner({ ...test, variant: "C" })).rejects.toMatchObject({
      kind: "InvalidInput",
      problems: [{ field: "variant" }],
    });
    await world.floe.abTests.pickWinner({ ...test, variant: "B" });
    expect(await finish(test)).toMatchObject({
      status: "completed",
      winner: 2,
      decidedBy: "person",
      reason: "picked",
    });
    await expectEachOnce(test, 60);
    await expect(world.floe.abTests.pickWinner({ ...test, variant: 1 })).rejects.toMatchObject({
      kind: "Conflict",
    });
  });

  it("takes a person's choice before its time", async () => {
    const test = await begun(60, "early.example");
    await tested(test);
    await world.floe.abTests.pickWinner({ ...test, variant: 2 });
    const done = await reached(test, ({ status }) => status === "completed");
    expect(done).toMatchObject({ winner: 2, decidedBy: "person" });
    await expectEachOnce(test, 60);
  });

  it("holds the choice while it is paused, and asks a person when it is then late", async () => {
    const test = await begun(60, "paused.example", { lateAfter: { hours: 2 } });
    await tested(test);
    await react(world, test, { variant: 2, people: 10 });
    await world.floe.abTests.pause(test);
    await reached(test, ({ paused }) => paused);
    await env.sleep(8 * hourMs);
    expect(await world.floe.abTests.get(test)).toMatchObject({ status: "testing", winner: null });
    await world.floe.abTests.resume(test);
    const held = await reached(test, ({ status }) => status === "held");
    expect(held).toMatchObject({ reason: "late", paused: false });
    expect(held.lateMs).toBeGreaterThan(3 * hourMs);
    await world.floe.abTests.pickWinner({ ...test, variant: 1 });
    await finish(test);
    await expectEachOnce(test, 60);
  });

  it("cancelled between the variants and the choice, sends nothing to the rest", async () => {
    const test = await begun(60, "cancelled.example");
    await tested(test);
    await world.floe.abTests.cancel(test);
    expect(await finish(test)).toMatchObject({ status: "cancelled", winner: null, restSendId: null });
    expect((await ledgerOf(world, test)).length).toBeLessThan(60);
    await expect(world.floe.abTests.start(test)).rejects.toMatchObject({ kind: "Conflict" });
    await expect(world.floe.abTests.resume(test)).rejects.toMatchObject({ kind: "Conflict" });
  });

  it("begins at its time", async () => {
    const test = await createAbTest(world, await createReaders(world, 40, "later.example"));
    const at = new Date((await env.currentTimeMs()) + 48 * hourMs);
    await world.floe.abTests.start({ ...test, at });
    await env.sleep(47 * hourMs);
    expect((await world.floe.abTests.get(test)).status).toBe("draft");
    await env.sleep(hourMs);
    expect(await finish(test)).toMatchObject({ status: "completed" });
    await expectEachOnce(test, 40);
  });

  it("is not to be started as a campaign", async () => {
    const test = await createAbTest(world, await createReaders(world, 1, "refused.example"));
    await expect(
      world.floe.campaigns.start({ tenantId: test.tenantId, campaignId: test.abTestId }),
    ).rejects.toThrow("A/B test");
  });
});

it.each([
  [{ variants: [{ template: "hello" }] }, "variants"],
  [{ variants: Array.from({ length: 6 }, () => ({ template: "hello" })) }, "variants"],
  [{ variants: [{ template: "hello", name: "B" }, { template: "other" }] }, "variants.1.name"],
  [{ sharePercent: 0 }, "sharePercent"],
  [{ sharePercent: 101 }, "sharePercent"],
  [{ metric: "luck" }, "metric"],
  [{ duration: { days: 31 } }, "duration"],
  [{ trackOpens: false }, "trackOpens"],
  [{ metric: "clicks", trackClicks: false }, "trackClicks"],
  [{ segment: "also" }, "list"],
  [{ fromEmail: "nobody" }, "fromEmail"],
])("%j is refused, and nothing is made", async (over, field) => {
  const { tenantId } = { tenantId: await createReaders(world, 1, "input.example") };
  await expect(createAbTest(world, tenantId, over as Partial<AbTestInput>)).rejects.toMatchObject({
    kind: "InvalidInput",
    problems: [{ field }],
  });
  expect(await world.floe.abTests.list({ tenantId })).toEqual([]);
  expect(await world.floe.campaigns.list({ tenantId })).toEqual([]);
});

it("a template that there is not leaves no half of a test", async () => {
  const tenantId = await createReaders(world, 1, "half.example");
  const variants = [{ template: "hello" }, { template: "missing" }];
  await expect(createAbTest(world, tenantId, { variants })).rejects.toMatchObject({ kind: "NotFound" });
  expect(await world.floe.campaigns.list({ tenantId })).toEqual([]);
});
