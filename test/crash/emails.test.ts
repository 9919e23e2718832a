import { afterAll, beforeAll, expect, it } from "vitest";
import type { Email } from "../../client/emails.js";
import { startCrashStack, type CrashStack } from "../support/crash-stack.js";
import { until } from "../support/until.js";

const tenantId = "shop";
const requests = 400;
/** Messages on the wire at a time: what one kill can leave in doubt. */
const connections = 10;

let stack: CrashStack;

beforeAll(async () => {
  stack = await startCrashStack();
  const { floe, smtp } = stack;
  await floe.tenants.create({ tenantId });
  await floe.nodes.upsert({
    nodeId: "n1",
    tenantId,
    host: "127.0.0.1",
    port: smtp.port,
    maxConnections: connections,
  });
}, 120_000);
afterAll(() => stack.close(), 60_000);

async function sendAll(domain: string): Promise<string[]> {
  const sent = await Promise.all(
    Array.from({ length: requests }, (_, n) =>
      stack.floe.emails.send({
        tenantId,
        recipient: `person${n}@${domain}`,
        subject: "Your code",
        text: `Your code is ${n}.`,
        fromEmail: "id@shop.example",
      }),
    ),
  );
  return sent.map(({ emailId }) => emailId);
}

/** Copies of each email that the server took, by address. */
async function copies(): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { to } of await stack.smtp.messages())
    for (const address of to) counts.set(address, (counts.get(address) ?? 0) + 1);
  return counts;
}

async function settled(emailIds: string[]): Promise<Email[]> {
  return Promise.all(emailIds.map((emailId) => stack.floe.emails.wait({ tenantId, emailId })));
}

it("kill -9 of the sender in the middle of 400 emails loses none and repeats none without a flag", async () => {
  const { smtp, parts } = stack;
  await smtp.setFaults([{ name: "slow", stage: "after-dot", action: { kind: "slow", ms: 60 } }]);
  const emailIds = await sendAll("sender.example");
  const kills = [0.2, 0.6];
  for (const share of kills) {
    await until(`${share} of the emails`, async () => (await copies()).size >= share * requests);
    await parts.sender.kill();
  }
  const emails = await settled(emailIds);
  expect((await smtp.statistics()).fired.slow).toBeGreaterThan(0);
  check(emails, await copies());
  const flagged = emails.filter(({ recipients }) => recipients[0]?.possibleDuplicate).length;
  console.log(`${kills.length} kills: ${flagged} flagged, sent twice ${repeated(await copies())}.`);
  // A connection has a message unanswered, the next one announced, and one whose acceptance is on its way to the ledger.
  expect(flagged).toBeLessThanOrEqual(kills.length * 3 * connections);
}, 180_000);

it("kill -9 of the orchestrator, whenever, changes nothing for any email", async () => {
  const { smtp, parts } = stack;
  await smtp.forget();
  await smtp.setFaults([{ name: "slow", stage: "after-dot", action: { kind: "slow", ms: 20 } }]);
  const emailIds = await sendAll("orchestrator.example");
  await parts.orchestrator.kill();
  await until("some of the emails", async () => (await copies()).size >= 0.3 * requests);
  await parts.orchestrator.kill();
  const emails = await settled(emailIds);
  const received = await copies();
  check(emails, received);
  expect([...received.values()].every((count) => count === 1)).toBe(true);
}, 180_000);

function repeated(received: Map<string, number>): number {
  return [...received.values()].filter((count) => count > 1).length;
}

function check(emails: Email[], received: Map<string, number>): void {
  expect(emails.filter(({ status }) => status !== "sent")).toEqual([]);
  for (const { recipients } of emails) {
    const { email = "", possibleDuplicate = false } = recipients[0] ?? {};
    const count = received.get(email) ?? 0;
    expect(count, email).toBeGreaterThanOrEqual(1);
    if (count > 1) expect(possibleDuplicate, `${email} came ${count} times`).toBe(true);
  }
}
