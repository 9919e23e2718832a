import { beforeAll, expect, it } from "vitest";
import { createAudience, startWorld, type World } from "../support/world.js";
import { asking, keyOf, type Ask } from "./asking.js";
import { runApi } from "./fixture.js";

let world: World;
let tenantId: string;
let ask: Ask;

beforeAll(async () => {
  world = await startWorld();
  const { databaseUrl, redisUrl, temporal } = world.config;
  const running = await runApi(databaseUrl, { redisUrl, temporal });
  ({ tenantId } = await createAudience(world, { contacts: 2, domain: "drafts.example" }));
  ask = asking(running.url, await keyOf(world, tenantId, "operator"));
  return () => running.api.close();
});

const composed = { name: "Spring", list: "everybody", from_email: "news@example.com" };
const flows = [
  {
    ...{ path: "/api/sequences", id: "sequence_id", action: "sequences.remove" },
    draft: { ...composed, steps: [{ template: "hello" }, { template: "hello", delay: { days: 30 } }] },
    running: /is (running|paused|completed); only one that was never started can be deleted/,
  },
  {
    ...{ path: "/api/ab-tests", id: "ab_test_id", action: "ab_tests.remove" },
    draft: {
      ...{ ...composed, variants: [{ template: "hello" }, { template: "hello", from_name: "Ann" }] },
      ...{ share_percent: 50, duration: { hours: 4 }, minimum_delivered: 1 },
    },
    running: /is (about to begin|testing|sending); only one that was never started can be deleted/,
  },
];

it.each(flows)("A draft of $path is deleted with its campaign, and the audit log says so", async (flow) => {
  const created = await ask("POST", flow.path, flow.draft);
  const one = `${flow.path}/${String(created.body[flow.id])}`;
  expect((await ask("DELETE", one, undefined, { "if-match": '"older"' })).status).toBe(412);
  expect((await ask("DELETE", one)).status).toBe(204);
  expect((await ask("GET", one)).status).toBe(404);
  expect((await ask("DELETE", one)).status).toBe(404);
  expect((await ask("GET", `/api/campaigns/${String(created.body[flow.id])}`)).status).toBe(404);
  const { rows } = await world.pool.query<{ outcome: string }>(
    "select outcome from audit_log where tenant_id = $1 and action = $2 order by audit_id",
    [tenantId, flow.action],
  );
  expect(rows.map(({ outcome }) => outcome)).toEqual(["done", "refused: NotFound"]);
});

it.each(flows)("One of $path that was started stays, and says how it stands", async (flow) => {
  const created = await ask("POST", flow.path, flow.draft);
  const one = `${flow.path}/${String(created.body[flow.id])}`;
  expect((await ask("POST", `${one}/start`, {})).status).toBe(202);
  const refused = await ask("DELETE", one);
  expect([refused.status, refused.body.detail]).toEqual([409, expect.stringMatching(flow.running)]);
  expect((await ask("GET", one)).status).toBe(200);
  await ask("POST", `${one}/cancel`);
});

it("Forty edits at once that say what they saw are all made: none waits for a connection that the others hold", async () => {
  const drafts = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const { body } = await ask("POST", "/api/sequences", flows[0]?.draft);
      return String(body.sequence_id);
    }),
  );
  const ends = await Promise.all(
    drafts.map((id) => ask("DELETE", `/api/sequences/${id}`, undefined, { "if-match": "*" })),
  );
  expect(new Set(ends.map(({ status }) => status))).toEqual(new Set([204]));
});
