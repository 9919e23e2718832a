import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mailJob, waitFor } from "../graphs/fixture.js";
import { createAudience, startWorld, type World } from "../support/world.js";
import { floe } from "./cli-process.js";

let world: World;
let env: Record<string, string>;
let tenantId: string;
let folder: string;

beforeAll(async () => {
  world = await startWorld();
  ({ tenantId } = await createAudience(world, { contacts: 0, domain: "cli.example" }));
  folder = await mkdtemp(join(tmpdir(), "floe-cli-graph-"));
  const { config } = world;
  env = {
    DATABASE_URL: config.databaseUrl,
    REDIS_URL: config.redisUrl,
    TEMPORAL_ADDRESS: config.temporal.address,
    TEMPORAL_NAMESPACE: config.temporal.namespace,
  };
});
afterAll(() => rm(folder, { recursive: true }));

const graph = (...args: string[]) => floe(["graph", ...args, "--tenant", tenantId], env);

async function write(name: string, content: unknown): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

test("a graph is checked and drawn without any server; what is wrong is told by its field", async () => {
  const file = await write("good.json", {
    name: "good",
    jobs: [
      { ...mailJob("report", "boss@cli.example"), after: [{ job: "pause", onFailure: "retry", retries: 2 }] },
      waitFor("pause"),
    ],
  });
  const checked = await floe(["graph", "validate", file]);
  expect(checked).toMatchObject({ code: 0, stderr: "" });
  expect(checked.stdout).toContain(`Graph good is in order.

pause     wait
  report  email.send  ← pause (retry 2)`);

  const circle = [
    { ...waitFor("a"), after: ["b"] },
    { ...waitFor("b"), after: ["a"] },
  ];
  const refused = await floe([
    "graph",
    "validate",
    await write("circle.json", { name: "circle", jobs: circle }),
  ]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("jobs.0.after.0.job: closes a circle: b itself waits for a");
  const text = await floe(["graph", "validate", await write("text.json", "not json")]);
  expect(text.code).toBe(2);
  expect(text.stderr).toContain("is not JSON");
  expect((await floe(["graph", "validate", join(folder, "none.json")])).stderr).toContain(
    "there is no such file",
  );
});

test("a graph is saved, run, awaited and drawn; a failed run is resumed", async () => {
  const broken = {
    name: "broken",
    type: "email.send",
    input: { recipient: "x@cli.example", template: "later", fromEmail: "a@cli.example" },
  };
  const jobs = [broken, { ...waitFor("behind"), after: ["broken"] }, waitFor("beside")];
  const file = await write("morning.json", { name: "morning", jobs });
  expect((await graph("create", file)).stdout).toContain("Graph morning: version 1 is saved.");
  expect((await graph("create", file)).stdout).toContain("says the same already");
  const ran = await graph("run", "morning", "--key", "monday", "--wait");
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(ran.stdout).toMatch(/Status +failed/);
  expect(ran.stdout).toContain("✗ broken    email.send  failed     There is no template later.");
  expect(ran.stdout).toContain("  ■ behind  wait        blocked    broken is failed");
  expect(ran.stdout).toMatch(/✓ beside +wait +succeeded +seconds 1/);

  await world.floe.templates.save({ tenantId, name: "later", subject: "Hello", html: "<p>Hello.</p>" });
  const [id = ""] = /[0-9a-f-]{36}/.exec(ran.stdout) ?? [];
  const resumed = await graph("resume", id, "--wait");
  expect(resumed.stdout).toMatch(/Status +completed/);
  expect(resumed.stdout).toMatch(/✓ beside .*from the run before/);
  expect(await graph("cancel", id, "--yes")).toMatchObject({ code: 4 });
  expect(JSON.parse((await graph("status", id, "--json")).stdout)).toMatchObject({
    runId: id,
    status: "failed",
  });
  expect((await graph("list")).stdout).toContain("morning");
  expect((await graph("list", "--graph", "morning")).stdout.match(/failed|completed/g)).toEqual([
    "completed",
    "failed",
  ]);
  expect((await graph("run", "evening")).code).toBe(3);
});

test("the schedule of a recurring graph is shown, paused and resumed", async () => {
  const schedule = { cron: "0 4 * * *" };
  await graph("create", await write("nightly.json", { name: "nightly", schedule, jobs: [waitFor("a")] }));
  expect((await graph("schedule", "show", "nightly")).stdout).toMatch(/Next runs +\d{4}-\d\d-\d\dT04:00:00/);
  await graph("schedule", "pause", "nightly", "--note", "Holidays");
  expect((await graph("schedule", "show", "nightly")).stdout).toMatch(/Paused +yes\nNote +Holidays/);
  expect((await graph("schedule", "resume", "nightly")).code).toBe(0);
  expect((await graph("schedule", "show", "other")).code).toBe(3);
});
