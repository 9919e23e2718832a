import { beforeAll, describe, expect, it } from "vitest";
import { until } from "../support/until.js";
import { createAudience, startWorld, type World } from "../support/world.js";
import { allPages, asking, keyOf, type Ask } from "./asking.js";
import { runApi } from "./fixture.js";

let world: World;
let url: string;
let ask: Ask;
let stranger: Ask;
let tenantId: string;

beforeAll(async () => {
  world = await startWorld();
  const { databaseUrl, redisUrl, temporal } = world.config;
  const running = await runApi(databaseUrl, { redisUrl, temporal });
  url = running.url;
  tenantId = (await createAudience(world, { contacts: 3, domain: "journeys.example" })).tenantId;
  await world.floe.templates.save({ tenantId, name: "other", subject: "Other", html: "<p>Other</p>" });
  ask = asking(url, await keyOf(world, tenantId, "operator"));
  const { tenantId: theirs } = await createAudience(world, { contacts: 0, domain: "strange.example" });
  stranger = asking(url, await keyOf(world, theirs, "operator"));
  return () => running.api.close();
});

const composed = { name: "Welcome", list: "everybody", from_email: "news@example.com" };

async function becomes(path: string, expected: Record<string, unknown>): Promise<Record<string, unknown>> {
  return until(`${path} is ${JSON.stringify(expected)}`, async () => {
    const { body } = await ask("GET", path);
    return Object.entries(expected).every(([name, value]) => body[name] === value) && body;
  });
}

async function refuseStranger(path: string, actions: readonly string[]): Promise<void> {
  expect((await stranger("GET", path)).status).toBe(404);
  for (const action of actions) expect((await stranger("POST", `${path}/${action}`)).status).toBe(404);
}

describe("/api/sequences", () => {
  it("are composed, started, told of, steered and ended; mistakes have their place", async () => {
    const steps = [
      { template: "hello" },
      {
        template: "other",
        delay: { days: 2 },
        conditions: [{ kind: "did", event: "open", step: 1 }],
      },
    ];
    const { body, status } = await ask("POST", "/api/sequences", {
      ...{ ...composed, steps, business_hours: { from: "00:00", to: "24:00", days: ["mon", "tue", "wed"] } },
      exits: { contact: { field: "email", op: "eq", value: "nobody@journeys.example" } },
    });
    expect(status).toBe(201);
    const path = `/api/sequences/${String(body.sequence_id)}`;
    expect((await ask("GET", path)).body).toMatchObject({
      status: "draft",
      rules: {
        hours: { days: [1, 2, 3], from: 0, to: 1440 },
        steps: [{}, { delay: { days: 2, minutes: 0 }, conditions: [{ kind: "did", step: 1 }] }],
        exits: { contact: { field: "email" } },
      },
    });
    const drafted = await ask("GET", path);
    const seen = { "if-match": drafted.headers.get("etag") ?? "" };
    const anew = { ...composed, name: "Welcome all", steps: [...steps, { template: "hello" }] };
    expect((await stranger("PUT", path, anew)).status).toBe(404);
    expect((await ask("PUT", path, { ...anew, steps: [] })).body.problems).toMatchObject([
      { pointer: "/steps" },
    ]);
    expect(await ask("PUT", path, anew, seen)).toMatchObject({
      status: 200,
      body: { name: "Welcome all", rules: { steps: [{}, {}, {}], hours: null, exits: { contact: null } } },
    });
    expect((await ask("PUT", path, anew, seen)).status).toBe(412);
    await refuseStranger(path, ["start", "pause", "cancel"]);
    expect((await ask("POST", `${path}/pause`)).status).toBe(409);
    expect((await ask("POST", `${path}/start`)).status).toBe(202);
    expect((await ask("PUT", path, anew)).status).toBe(409);
    await until("all are enrolled", async () => {
      return (await ask("GET", `${path}/progress`)).body.enrolled === 3;
    });
    expect(await allPages(ask, `${path}/enrollments?limit=2`)).toHaveLength(3);
    expect(
      (await ask("POST", `${path}/enroll`, { contact_ids: ["1"], list: "everybody" })).body,
    ).toMatchObject({
      problems: [{ pointer: "/list" }],
    });
    await ask("POST", `${path}/pause`);
    await becomes(path, { status: "paused" });
    await ask("POST", `${path}/cancel`);
    await becomes(path, { status: "cancelled" });
    expect((await allPages(ask, "/api/sequences?limit=1"))[0]).toMatchObject({ status: "cancelled" });
    const wrong = { ...composed, steps: [{ template: "hello", delay: { weeks: 1 } }] };
    expect((await ask("POST", "/api/sequences", wrong)).body.problems).toMatchObject([
      { pointer: "/steps/0/delay/weeks" },
    ]);
    const reply = { send_id: "0198c5d2-0000-7000-8000-000000000000", contact_id: "1" };
    expect((await ask("POST", "/api/sequence-replies", reply)).status).toBe(404);
  });
});

describe("/api/ab-tests", () => {
  it("are composed, scheduled, decided by a person at the right time only, and ended", async () => {
    const variants = [{ template: "hello" }, { template: "other", from_name: "Ann of News" }];
    const made = await ask("POST", "/api/ab-tests", { ...composed, variants, duration: { hours: 2 } });
    expect(made).toMatchObject({ status: 201 });
    const path = `/api/ab-tests/${String(made.body.ab_test_id)}`;
    expect(made.headers.get("location")).toBe(path);
    expect((await ask("GET", path)).body).toMatchObject({
      rules: { metric: "opens", duration_ms: 7_200_000 },
      variants: [{ name: "A" }, { name: "B", from_name: "Ann of News" }],
    });
    const third = { ...composed, variants: [...variants, { template: "hello" }], share_percent: 30 };
    expect((await stranger("PUT", path, third)).status).toBe(404);
    expect((await ask("PUT", path, { ...third, share_percent: 0 })).body.problems).toMatchObject([
      { pointer: "/share_percent" },
    ]);
    expect(await ask("PUT", path, third)).toMatchObject({
      status: 200,
      body: { rules: { share_percent: 30 }, variants: [{}, {}, { name: "C" }] },
    });
    expect((await ask("PUT", path, { ...composed, variants })).body.variants).toHaveLength(2);
    await refuseStranger(path, ["start", "pause", "resume", "cancel"]);
    expect((await ask("POST", `${path}/pick-winner`, { variant: 1 })).status).toBe(409);
    const at = new Date(Date.now() + 3_600_000).toISOString();
    expect((await ask("POST", `${path}/start`, { at })).status).toBe(202);
    expect((await ask("PUT", path, third)).status).toBe(409);
    expect((await ask("POST", `${path}/pick-winner`, { variant: "C" })).body.problems).toMatchObject([
      { pointer: "/variant" },
    ]);
    expect((await ask("GET", `${path}/results`)).body).toMatchObject({
      test: { ab_test_id: made.body.ab_test_id },
      variants: [{ rate: { of: 0, rate: 0 } }, {}],
      standing: { clear: false },
    });
    await ask("POST", `${path}/cancel`);
    await becomes(path, { status: "cancelled" });
    expect(await allPages(ask, "/api/ab-tests?limit=1")).toHaveLength(1);
    const one = { ...composed, variants: [{ template: "hello", fromName: "x" }, variants[1]] };
    expect((await ask("POST", "/api/ab-tests", one)).body.problems).toMatchObject([
      { pointer: "/variants/0/fromName" },
    ]);
  });
});

describe("/api/graphs", () => {
  const graph = {
    name: "nightly",
    jobs: [
      { name: "first", type: "wait", input: { seconds: 1 } },
      {
        name: "mail",
        type: "email.send",
        after: [{ job: "first", on_failure: "continue" }],
        when: { and: [{ job: "first", path: "state", op: "eq", value: "succeeded" }] },
        input: {
          recipient: "boss@journeys.example",
          subject: "Done",
          text: "Done",
          from_email: "a@b.example",
        },
      },
      { name: "last", type: "wait", after: ["mail"], input: { seconds: 1 } },
    ],
  };

  it("are checked, saved in versions, run and shown as they were written", async () => {
    const checked = await ask("POST", "/api/graphs/validate", graph);
    expect(checked.body).toEqual({ name: "nightly", order: ["first", "mail", "last"] });
    const saved = await ask("POST", "/api/graphs", graph);
    expect(saved).toMatchObject({ status: 201, body: { version: 1, created: true } });
    expect(saved.headers.get("location")).toBe("/api/graphs/nightly");
    expect((await ask("POST", "/api/graphs", graph)).status).toBe(200);
    const shown = await ask("GET", "/api/graphs/nightly");
    const seen = { "if-match": shown.headers.get("etag") ?? "" };
    expect((await ask("POST", "/api/graphs", graph, { "if-match": '"older"' })).status).toBe(412);
    expect((await ask("POST", "/api/graphs", graph, seen)).status).toBe(200);
    expect(shown.body.definition).toMatchObject({
      jobs: [
        { input: { seconds: 1 } },
        { after: [{ job: "first", on_failure: "continue" }], input: { from_email: "a@b.example" } },
        { after: [{ job: "mail" }] },
      ],
    });
    expect((await ask("GET", "/api/graphs")).body.data).toMatchObject([{ name: "nightly", version: 1 }]);
    await refuseStranger("/api/graphs/nightly", ["run"]);
    const started = await ask("POST", "/api/graphs/nightly/run", { run_key: "tonight" });
    expect(started.status).toBe(202);
    const run = started.headers.get("location") ?? "";
    await refuseStranger(run, ["cancel", "resume"]);
    expect(await becomes(run, { status: "completed" })).toMatchObject({
      jobs: [{ state: "succeeded", result: { seconds: 1 } }, { name: "mail", state: "succeeded" }, {}],
    });
    expect((await ask("POST", `${run}/cancel`)).status).toBe(409);
    expect((await ask("POST", "/api/graphs/nightly/run", { run_key: "tonight" })).status).toBe(200);
    expect(await allPages(ask, "/api/graph-runs?name=nightly&limit=1")).toHaveLength(1);
  });

  it("recur when they say so, and are paused and resumed", async () => {
    const schedule = { cron: "0 3 * * *", time_zone: "Europe/Berlin" };
    expect((await ask("POST", "/api/graphs", { ...graph, name: "weekly", schedule })).status).toBe(201);
    const path = "/api/graphs/weekly/schedule";
    expect((await ask("POST", `${path}/pause`, { note: "holidays" })).status).toBe(204);
    expect((await ask("GET", path)).body).toMatchObject({ paused: true, note: "holidays" });
    expect((await ask("POST", `${path}/resume`)).status).toBe(204);
    expect((await ask("GET", path)).body).toMatchObject({ paused: false });
    expect((await ask("GET", "/api/graphs/nightly/schedule")).status).toBe(404);
  });

  it("are refused by the place of what is wrong; files and buckets are the platform's to name", async () => {
    const placesOf = async (jobs: unknown[]) => {
      const { body } = await ask("POST", "/api/graphs", { name: "wrong", jobs });
      return (body.problems as { pointer: string }[]).map(({ pointer }) => pointer);
    };
    const wait = { name: "w", type: "wait", input: { seconds: 1 } };
    expect(await placesOf([{ ...wait, after: [{ job: "w2", on_failure: "never" }] }])).toEqual([
      "/jobs/0/after/0/on_failure",
    ]);
    expect(await placesOf([{ ...wait, input: { second: 1 } }])).toEqual(["/jobs/0/input/second"]);
    const mail = { name: "m", type: "email.send", input: { recipient: "x", from_email: "y", subject: "s" } };
    expect(await placesOf([mail])).toEqual(["/jobs/0/input/recipient", "/jobs/0/input/from_email"]);
    const file = { name: "f", type: "import.contacts", input: { path: "/etc/passwd" } };
    expect(await placesOf([file])).toEqual(["/jobs/0/input/path"]);
  });
});
