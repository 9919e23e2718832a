import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SequenceRef } from "../../client/sequence-input.js";
import { toWallClock } from "../../domain/business-hours.js";
import { Conflict } from "../../domain/errors.js";
import { startTimeSkipping } from "../support/time-skipping.js";
import { startWorld, type World } from "../support/world.js";
import {
  createReaders,
  createSequence,
  finish,
  open,
  progressOf,
  stepRow,
  stepSent,
  subjectsTo,
} from "./fixture.js";

/** Months pass in an instant here: Temporal's time-skipping server, everything else as real as elsewhere. */
let env: TestWorkflowEnvironment;
let world: World;
const dayMs = 24 * 3_600_000;

beforeAll(async () => {
  env = await startTimeSkipping();
  world = await startWorld({ temporal: { address: env.address, namespace: "default" } });
});
afterAll(() => env.teardown());

/** Without any skipping. */
async function statusIs(sequence: SequenceRef, status: string): Promise<void> {
  await expect
    .poll(async () => (await world.floe.sequences.get(sequence)).status, { timeout: 30_000 })
    .toBe(status);
}

/** Metrics of the worker; exactly what is counted so far. */
async function expectCounts(expected: Record<string, number>): Promise<void> {
  const lines = (await world.metrics()).matchAll(
    /^sequence_contacts_total\{event="(.*?)",reason="(.*?)".*\} (\d+)$/gm,
  );
  const counts = [...lines].map(([, event, reason, contacts]) => [
    `${event} ${reason}`.trim(),
    Number(contacts),
  ]);
  expect(Object.fromEntries(counts.filter(([, contacts]) => contacts !== 0))).toEqual(expected);
}

/** Whole days from now until the last one before the zone's clocks change, four at least. */
function daysUntilClockChange(nowMs: number, zone: string): number {
  const offset = (ms: number): number => toWallClock(ms, zone) - ms;
  let days = 4;
  while (offset(nowMs + days * dayMs) === offset(nowMs + (days + 1) * dayMs)) days += 1;
  return days - 1;
}

describe("a sequence", () => {
  it("keeps the time on each recipient's clock across its change, and obeys conditions and exits", async () => {
    const zone = "Europe/Berlin";
    const domain = "dst.example";
    const timeZones = [zone, "America/New_York", "Asia/Kolkata"];
    const { tenantId, contactIds } = await createReaders(world, { contacts: 3, domain, timeZones });
    const [ann = "", bob = "", cy = ""] = contactIds;
    const days = daysUntilClockChange(await env.currentTimeMs(), zone);
    const sequence = await createSequence(world, tenantId, {
      steps: [
        { template: "hello", delay: { days } },
        { template: "second", delay: { days: 4 }, conditions: [{ kind: "did", event: "open", step: 1 }] },
        { template: "third", delay: { days: 1 }, conditions: [{ kind: "did-not", event: "click", step: 1 }] },
      ],
      businessHours: { days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from: "09:00", to: "17:00" },
    });
    await world.floe.sequences.start(sequence);
    await env.sleep((days + 1) * dayMs);
    await stepSent(world, sequence, 1, 3);
    await open(world, sequence, ann, 1);
    const { sendId } = await stepRow(world, sequence, bob, 1);
    await world.floe.sequences.recordReply({ tenantId, sendId: sendId ?? "", contactId: bob });

    const progress = await finish(env, world, sequence);
    expect(progress).toMatchObject({ enrolled: 3, active: 0, finished: 2, exited: 1, exits: { replied: 1 } });
    expect(progress.steps).toMatchObject([
      { sent: 3, opened: 1, replied: 1 },
      { sent: 1, skippedByCondition: 1, skippedAsLate: 0 },
      { sent: 2, sentLate: 0 },
    ]);
    await expectCounts({
      enrolled: 3,
      finished: 2,
      "exited replied": 1,
      "sent on-time": 6,
      "skipped condition": 1,
    });
    expect(subjectsTo(world, `user0@${domain}`)).toEqual(["Hello User 0", "second", "third"]);
    expect(subjectsTo(world, `user1@${domain}`)).toEqual(["Hello User 1"]);
    expect(subjectsTo(world, `user2@${domain}`)).toEqual(["Hello User 2", "third"]);

    const first = (await stepRow(world, sequence, ann, 1)).decidedAt.getTime();
    const second = (await stepRow(world, sequence, ann, 2)).decidedAt.getTime();
    const onTheClock = toWallClock(second, zone) - toWallClock(first, zone);
    expect(Math.abs(onTheClock - 4 * dayMs)).toBeLessThan(3 * 60_000);
    expect(Math.abs(second - first - 4 * dayMs)).toBeGreaterThan(55 * 60_000);
    for (const [contactId, place] of [
      [ann, zone],
      [bob, timeZones[1]],
      [cy, timeZones[2]],
    ] as const) {
      const wall = new Date(
        toWallClock((await stepRow(world, sequence, contactId, 1)).decidedAt.getTime(), place ?? ""),
      );
      expect(wall.getUTCHours()).toBeGreaterThanOrEqual(9);
      expect(wall.getUTCHours()).toBeLessThan(17);
    }
  });

  it.each([
    ["skip", { sent: 0, skippedAsLate: 2, sentLate: 0 }],
    ["send", { sent: 2, skippedAsLate: 0, sentLate: 2 }],
  ] as const)("that was paused for days does not fire late without saying so: %s", async (onLate, step) => {
    const { tenantId, contactIds } = await createReaders(world, { contacts: 2, domain: `${onLate}.example` });
    const sequence = await createSequence(world, tenantId, {
      steps: [
        { template: "hello" },
        { template: "second", delay: { days: 1 } },
        { template: "third", delay: { days: 1 } },
      ],
      lateAfter: { hours: 1 },
      onLate,
    });
    await world.floe.sequences.start(sequence);
    await stepSent(world, sequence, 1, 2);
    await world.floe.sequences.pause(sequence);
    await statusIs(sequence, "paused");
    await env.sleep(3 * dayMs);
    await world.floe.sequences.resume(sequence);
    await expect
      .poll(async () => (await progressOf(world, sequence)).steps[1], { timeout: 30_000 })
      .toMatchObject(step);
    const late = await stepRow(world, sequence, contactIds[0] ?? "", 2);
    expect(Math.round(late.lateMs / dayMs)).toBe(2);

    const progress = await finish(env, world, sequence);
    expect(progress).toMatchObject({ finished: 2, active: 0 });
    expect(progress.steps[2]).toMatchObject({ sent: 2, sentLate: 0 });
    // A day after the second was dealt with, not a day after it was wanted.
    const third = await stepRow(world, sequence, contactIds[0] ?? "", 3);
    expect(third.decidedAt.getTime() - late.decidedAt.getTime()).toBeGreaterThanOrEqual(dayMs);
  });

  it("enrolls later contacts, also when it has ended, and nobody twice", async () => {
    const domain = "later.example";
    const { tenantId } = await createReaders(world, { contacts: 2, domain });
    const sequence = await createSequence(world, tenantId, { steps: [{ template: "hello" }] });
    await expect(world.floe.sequences.enroll({ ...sequence, list: "everybody" })).rejects.toThrow(Conflict);
    await expect(world.floe.campaigns.start({ tenantId, campaignId: sequence.sequenceId })).rejects.toThrow(
      /is a sequence/,
    );
    await world.floe.sequences.start(sequence);
    await finish(env, world, sequence);
    expect(await world.floe.sequences.get(sequence)).toMatchObject({ status: "completed" });

    await world.floe.contacts.upsert({ tenantId, list: "everybody", contacts: [{ email: `new@${domain}` }] });
    await world.floe.sequences.enroll({ ...sequence, list: "everybody" });
    const progress = await finish(env, world, sequence);
    expect(progress).toMatchObject({ enrolled: 3, finished: 3 });
    expect(subjectsTo(world, `user0@${domain}`)).toHaveLength(1);
    expect(subjectsTo(world, `new@${domain}`)).toHaveLength(1);
  });

  it("loses and repeats nothing when a wave falls down in the middle", async () => {
    const domain = "crash.example";
    const { tenantId } = await createReaders(world, { contacts: 40, domain });
    const steps = [{ template: "hello" }, { template: "second", delay: { hours: 1 } }];
    const sequence = await createSequence(world, tenantId, { steps });
    // The send and its ledger rows are written by then; the count survives the rollback.
    await world.pool.query(
      `create sequence falls;
       create function fall_once() returns trigger language plpgsql as $$
       begin
         if nextval('falls') = 1 then raise exception 'fallen'; end if;
         return new;
       end $$;
       create trigger falls before insert on sequence_step_results for each statement execute function fall_once()`,
    );
    await world.floe.sequences.start(sequence);
    await stepSent(world, sequence, 1, 40);
    const { rows } = await world.pool.query<{ last_value: string }>("select last_value from falls");
    expect(Number(rows[0]?.last_value)).toBeGreaterThan(1);

    expect(await finish(env, world, sequence)).toMatchObject({ finished: 40, active: 0 });
    for (let i = 0; i < 40; i += 1) {
      expect(subjectsTo(world, `user${i}@${domain}`)).toEqual([`Hello User ${i}`, "second"]);
    }
  });
});
