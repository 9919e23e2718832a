import { beforeAll, expect, it } from "vitest";
import { floe } from "../client/cli-process.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { bury } from "../dead-letters/fixture.js";
import { request, runApi } from "./fixture.js";

const apiToken = "a-token-of-the-api-tests";
const path = "/api/dead-letters";

let world: World;
let url: string;

beforeAll(async () => {
  world = await startWorld({ config: { retryBaseMs: 100 } });
  const { temporal, redisUrl } = world.config;
  const running = await runApi(world.config.databaseUrl, { temporal, redisUrl, apiToken });
  url = running.url;
  return () => running.api.close();
});

async function send(method: string, route: string, body?: object, token = apiToken) {
  const response = await request(`${url}${path}${route}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
}

async function deadSend(contacts: number, domain: string) {
  const { tenantId } = await createAudience(world, { contacts, domain });
  const send = await world.floe.campaigns.start(await createCampaign(world, tenantId));
  await world.floe.campaigns.wait(send);
  await bury(world.pool, { tenantId, sendId: send.sendId }, 2);
  return tenantId;
}

it("letters are listed, shown, replayed, dismissed and purged over HTTP; mistakes are told by field", async () => {
  const tenantId = await deadSend(6, "http.example");
  const of = `tenant_id=${tenantId}`;
  expect((await send("GET", `?${of}`, undefined, "wrong")).status).toBe(401);
  const listed = await send("GET", `?${of}&reason=policy&limit=2`);
  expect(listed.answer.data).toMatchObject([{ reason: "policy" }, { reason: "policy" }]);
  expect((await send("GET", `/preview?${of}`)).answer).toMatchObject({ count: 6 });
  const [{ dead_letter_id: id }] = listed.answer.data as [{ dead_letter_id: string }];
  expect((await send("GET", `/${id}?${of}`)).answer).toMatchObject({
    dead_letter_id: id,
    resolution: null,
    payload: { recipient: expect.stringContaining("@http.example") as string },
  });

  const wrong = await send("POST", "/replays", { tenant_id: tenantId, per_second: 0, reason: "policy" });
  expect(wrong).toMatchObject({ status: 422, answer: { problems: [{ field: "per_second" }] } });
  const dismissed = { tenant_id: tenantId, dead_letter_ids: [id], because: "no longer wanted" };
  expect((await send("POST", "/dismiss", dismissed)).answer).toEqual({ dismissed: 1 });
  const started = await send("POST", "/replays", { tenant_id: tenantId, reason: "policy", per_second: 50 });
  expect(started).toMatchObject({ status: 202, answer: { items: 2 } });
  const replayId = String(started.answer.replay_id);
  await until("the replay's end", async () => {
    return (await send("GET", `/replays/${replayId}?${of}`)).answer.status === "completed";
  });
  expect((await send("POST", `/replays/${replayId}/pause`, { tenant_id: tenantId })).status).toBe(409);
  expect((await send("GET", `/purgeable?${of}&older_than_days=1000`)).answer).toMatchObject({ count: 0 });
  const purge = { tenant_id: tenantId, older_than_days: 1000, expected: 5 };
  expect((await send("POST", "/purge", purge)).status).toBe(409);
  const audit = await world.floe.audit.list({ tenantId });
  expect(audit.map(({ action, actor }) => `${actor} ${action}`)).toEqual([
    "api-token dead_letters.replay",
    "api-token dead_letters.dismiss",
  ]);
});

it("letters are listed, previewed, replayed and purged by command", async () => {
  const tenantId = await deadSend(6, "command.example");
  const { databaseUrl, redisUrl, temporal } = world.config;
  const run = (command: string, ...args: string[]) =>
    floe(["dead-letters", command, ...args, "--tenant", tenantId], {
      ...{ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl },
      ...{ TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace },
    });
  const listed = await run("list", "--reason", "policy", "--json");
  const letters = JSON.parse(listed.stdout) as { deadLetterId: string }[];
  expect(letters).toHaveLength(3);
  const id = letters[0]?.deadLetterId ?? "";
  expect((await run("show", id)).stdout).toMatch(/Resolved +no, it is open/);
  expect(await run("edit", id, "--recipient", "a@b.example")).toMatchObject({
    code: 4,
    stderr: expect.stringContaining("cannot be edited") as string,
  });
  expect((await run("replay", "--reason", "policy", "--preview")).stdout).toMatch(/3 +email.send +policy/);
  // Nobody can answer without a terminal.
  expect(await run("replay", "--reason", "policy")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--yes") as string,
  });
  const replayed = await run("replay", "--reason", "policy", "--yes", "--because", "the node is back");
  expect(replayed).toMatchObject({ code: 0 });
  expect(replayed.stdout).toContain("completed, 3 of 3 taken up again, 0 refused");
  expect((await run("replays")).stdout).toContain("completed");
  expect((await run("purge", "--yes", "--older-than-days", "1000")).stdout).toContain("nothing was removed");
  expect((await run("list", "--reason", "policy")).stdout).toContain("No dead letters");
});
