import { beforeAll, expect, it } from "vitest";
import { Conflict } from "../../domain/errors.js";
import { startWorld, type World } from "../support/world.js";
import { createReaders, createSequence, progressOf, stepSent } from "./fixture.js";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});

it("a sequence that is cancelled ends for everybody, and stays so", async () => {
  const { floe } = world;
  const { tenantId } = await createReaders(world, { contacts: 2, domain: "cancelled.example" });
  const steps = [{ template: "hello" }, { template: "second", delay: { days: 1 } }];
  const sequence = await createSequence(world, tenantId, { steps });
  await floe.sequences.start(sequence);
  expect(await floe.sequences.get(sequence)).toMatchObject({ status: "running" });
  await stepSent(world, sequence, 1, 2);
  await floe.sequences.cancel(sequence);
  expect(await floe.sequences.wait(sequence)).toMatchObject({ status: "cancelled" });
  expect(await progressOf(world, sequence)).toMatchObject({ active: 0, cancelled: 2 });
  await expect(floe.sequences.resume(sequence)).rejects.toThrow(Conflict);
  await expect(floe.sequences.enroll({ ...sequence, list: "everybody" })).rejects.toThrow(Conflict);
});
