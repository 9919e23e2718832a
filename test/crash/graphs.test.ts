import { afterAll, beforeAll, expect, it } from "vitest";
import { startCrashStack, type CrashStack } from "../support/crash-stack.js";
import { until } from "../support/until.js";
import { mailJob, statesOf, waitFor } from "../graphs/fixture.js";

const tenantId = "graphs";
const contacts = 60;

let stack: CrashStack;

beforeAll(async () => {
  stack = await startCrashStack();
  const { floe, smtp } = stack;
  await floe.tenants.create({ tenantId });
  await floe.nodes.upsert({ nodeId: "n1", tenantId, host: "127.0.0.1", port: smtp.port, maxConnections: 5 });
  await floe.lists.create({ tenantId, name: "everybody" });
  const rows = Array.from({ length: contacts }, (_, n) => ({ email: `person${n}@graph.example` }));
  await floe.contacts.upsert({ tenantId, list: "everybody", contacts: rows });
  await floe.templates.save({ tenantId, name: "hello", subject: "Hello", html: "<p>Hello.</p>" });
}, 120_000);
afterAll(() => stack.close(), 60_000);

async function received(): Promise<string[]> {
  return (await stack.smtp.messages()).flatMap(({ to }) => to);
}

it("kill -9 of the orchestrator in the middle of a graph loses no job and repeats none", async () => {
  const { floe, parts, pool, smtp } = stack;
  await smtp.setFaults([{ name: "slow", stage: "after-dot", action: { kind: "slow", ms: 50 } }]);
  const { campaignId } = await floe.campaigns.create({
    ...{ tenantId, name: "News", template: "hello", list: "everybody" },
    fromEmail: "news@graph.example",
  });
  await floe.jobGraphs.create({
    tenantId,
    name: "crash",
    jobs: [
      mailJob("begin", "begin@graph.example"),
      { name: "news", type: "campaign.send", after: ["begin"], input: { campaignId, perSecond: 30 } },
      { ...waitFor("pause", 2), after: ["begin"] },
      { ...mailJob("middle", "middle@graph.example"), after: ["pause"] },
      { ...waitFor("never"), after: ["news"], when: { job: "news", path: "dead", op: "gt", value: 0 } },
      {
        ...mailJob("end", "end@graph.example"),
        after: ["news", "middle", { job: "never", onSkip: "continue" }],
      },
    ],
  });
  const run = await floe.jobGraphs.run({ tenantId, name: "crash" });
  await parts.orchestrator.kill();
  await until("the first email", async () => (await received()).includes("begin@graph.example"));
  await parts.orchestrator.kill();
  await until("a third of the campaign", async () => (await received()).length > contacts / 3);
  await parts.orchestrator.kill();

  const ended = await floe.jobGraphs.wait(run);
  expect(ended.status).toBe("completed");
  expect(statesOf(ended)).toMatchObject({
    begin: "succeeded",
    news: "succeeded",
    never: "skipped",
    end: "succeeded",
  });
  expect(ended.jobs.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 0, 1]);
  const counts = new Map<string, number>();
  for (const address of await received()) counts.set(address, (counts.get(address) ?? 0) + 1);
  expect(counts.size).toBe(contacts + 3);
  expect([...counts.values()].every((count) => count === 1)).toBe(true);
  const { rows } = await pool.query<{ sends: number; emails: number }>(
    `select (select count(*)::int from campaign_sends where tenant_id = $1) as sends,
       (select count(*)::int from emails where tenant_id = $1) as emails`,
    [tenantId],
  );
  expect(rows[0]).toEqual({ sends: 1, emails: 3 });
  expect((await smtp.statistics()).fired.slow).toBeGreaterThan(0);
}, 180_000);
