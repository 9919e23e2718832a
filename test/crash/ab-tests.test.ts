import { afterAll, beforeAll, expect, it } from "vitest";
import { abTestWorkflowId } from "../../domain/ids.js";
import { createAudience, tenantId } from "../support/crash-audience.js";
import { startCrashStack, type CrashStack } from "../support/crash-stack.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { until } from "../support/until.js";

const contacts = 3_000;

let stack: CrashStack;
let suppressed: number;

beforeAll(async () => {
  stack = await startCrashStack();
  ({ suppressed } = await createAudience(stack, contacts));
}, 120_000);
afterAll(() => stack.close(), 60_000);

it("kill -9 of the orchestrator and the sender, and the loss of the workflow, in the middle of an A/B test: nobody gets two variants, nobody is missed", async () => {
  const { floe, smtp, parts } = stack;
  const { abTestId } = await floe.abTests.create({
    ...{ tenantId, name: "Killed", list: "everybody", fromEmail: "news@example.com" },
    variants: [{ template: "hello" }, { template: "hello", fromName: "B" }],
    sharePercent: 50,
    duration: { minutes: 0 },
  });
  const test = { tenantId, abTestId };
  await floe.abTests.start(test);
  await parts.orchestrator.kill();
  const received = async (): Promise<number> => (await smtp.messages()).length;
  await until("some of the variants", async () => (await received()) > 200);
  await parts.sender.kill();
  await parts.orchestrator.kill();
  await until("some of the rest", async () => (await floe.abTests.get(test)).restSendId !== null);
  await parts.orchestrator.kill();
  const client = await createTemporalClient({ address: stack.temporalAddress, namespace: stack.namespace });
  await client.workflow.getHandle(abTestWorkflowId(abTestId)).terminate();
  await client.connection.close();
  await floe.abTests.resume(test);
  expect(await floe.abTests.wait(test)).toMatchObject({
    status: "completed",
    winner: 1,
    reason: "no-reactions",
  });

  const { rows } = await stack.pool.query<{ email: string; status: string; flagged: boolean }>(
    `select r.email, r.status, r.possible_duplicate as flagged from campaign_sends s
     join email_sends r on r.send_month = s.send_month and r.send_id = s.send_id
     where s.campaign_id = $1`,
    [abTestId],
  );
  expect(rows).toHaveLength(contacts);
  expect(new Set(rows.map(({ email }) => email)).size).toBe(contacts);
  expect(rows.filter(({ status }) => status === "suppressed")).toHaveLength(suppressed);
  expect(rows.filter(({ status }) => status === "sent")).toHaveLength(contacts - suppressed);
  const copies = new Map<string, number>();
  for (const { to } of await smtp.messages()) copies.set(to[0] ?? "", (copies.get(to[0] ?? "") ?? 0) + 1);
  const flagged = new Set(rows.filter((row) => row.flagged).map(({ email }) => email));
  for (const [email, count] of copies) if (count > 1) expect(flagged.has(email), email).toBe(true);
  expect(copies.size).toBe(contacts - suppressed);
}, 300_000);
