import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAudience, startWorld, type World } from "../support/world.js";
import { floe } from "./cli-process.js";

/** Each command is a process that loads its libraries: two seconds of CPU. */
const slow = 240_000;

let world: World;
let folder: string;
beforeAll(async () => {
  world = await startWorld();
  folder = await mkdtemp(join(tmpdir(), "floe-cli-"));
});
afterAll(() => rm(folder, { recursive: true }));

test(
  "a sequence goes from a file to mailboxes by the command alone",
  async () => {
    const { databaseUrl, redisUrl, temporal } = world.config;
    const { tenantId } = await createAudience(world, { contacts: 3, domain: "drip.example" });
    const run = (...args: string[]) =>
      floe(["sequence", ...args, "--tenant", tenantId], {
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl,
        TEMPORAL_ADDRESS: temporal.address,
        TEMPORAL_NAMESPACE: temporal.namespace,
      });
    const file = join(folder, "welcome.json");
    const broken = join(folder, "broken.json");
    const composed = { name: "Welcome", list: "everybody", fromEmail: "hello@acme.example" };
    await writeFile(file, JSON.stringify({ ...composed, steps: [{ template: "hello" }] }));
    await writeFile(
      broken,
      JSON.stringify({ ...composed, steps: [{ template: "hello", delay: { days: -1 } }] }),
    );

    const [refused, created] = await Promise.all([run("create", broken), run("create", file, "--json")]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining("steps.0.delay.days: must not be negative"),
    ]);
    const { sequenceId } = JSON.parse(created.stdout) as { sequenceId: string };

    expect((await run("start", sequenceId)).stdout).toBe(`Sequence ${sequenceId} has started.\n`);
    await world.floe.sequences.wait({ tenantId, sequenceId });
    const [progress, enrollments, listed, cancelled] = await Promise.all([
      run("progress", sequenceId),
      run("enrollments", sequenceId),
      run("list"),
      run("cancel", sequenceId, "--yes"),
    ]);
    expect(progress.stdout).toMatch(/Finished\s+3/);
    expect(progress.stdout).toMatch(/1\s+0\s+3\s+0\s+0\s+0\s+0\s+0\s+0/);
    expect(enrollments.stdout.match(/finished/g)).toHaveLength(3);
    expect(listed.stdout).toContain("completed");
    expect([cancelled.code, cancelled.stderr]).toEqual([
      4,
      expect.stringContaining("it cannot be cancelled"),
    ]);
    expect(world.smtp.messages).toHaveLength(3);
  },
  slow,
);
