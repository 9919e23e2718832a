import { afterAll, beforeAll, expect, it } from "vitest";
import { sequenceWorkflowId } from "../../domain/ids.js";
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

async function ledger(sequenceId: string) {
  const { rows } = await stack.pool.query<{ email: string; status: string; flagged: boolean }>(
    `select r.email, r.status, r.possible_duplicate as flagged from campaign_sends s
     join email_sends r on r.send_month = s.send_month and r.send_id = s.send_id
     where s.campaign_id = $1`,
    [sequenceId],
  );
  return rows;
}

it("kill -9 of the orchestrator and the sender, and the loss of the workflow, in the middle of a sequence loses nobody and repeats nobody without a flag", async () => {
  const { floe, smtp, parts } = stack;
  const { sequenceId } = await floe.sequences.create({
    ...{ tenantId, name: "Killed", list: "everybody", fromEmail: "news@example.com" },
    steps: [{ template: "hello" }, { template: "hello" }],
    exits: { unsubscribed: false },
  });
  await floe.sequences.start({ tenantId, sequenceId });
  await parts.orchestrator.kill();
  const received = async (): Promise<number> => (await smtp.messages()).length;
  await until("some of the first step", async () => (await received()) > 300);
  await parts.sender.kill();
  await parts.orchestrator.kill();
  await until("some of the second step", async () => (await received()) > contacts + 300);
  await parts.orchestrator.kill();
  await parts.sender.kill();
  const client = await createTemporalClient({ address: stack.temporalAddress, namespace: stack.namespace });
  await client.workflow.getHandle(sequenceWorkflowId(sequenceId)).terminate();
  await client.connection.close();
  await floe.sequences.resume({ tenantId, sequenceId });
  await floe.sequences.wait({ tenantId, sequenceId });

  const rows = await ledger(sequenceId);
  expect(rows).toHaveLength(2 * contacts);
  expect(rows.filter(({ status }) => status === "suppressed")).toHaveLength(2 * suppressed);
  expect(rows.filter(({ status }) => status === "sent")).toHaveLength(2 * (contacts - suppressed));
  const copies = new Map<string, number>();
  for (const { to } of await smtp.messages()) copies.set(to[0] ?? "", (copies.get(to[0] ?? "") ?? 0) + 1);
  const flagged = new Set(rows.filter((row) => row.flagged).map(({ email }) => email));
  for (const { email, status } of rows) {
    if (status === "suppressed") continue;
    expect(copies.get(email), email).toBeGreaterThanOrEqual(2);
    if ((copies.get(email) ?? 0) > 2) expect(flagged.has(email), email).toBe(true);
  }
  const progress = await floe.sequences.progress({ tenantId, sequenceId });
  expect(progress).toMatchObject({ enrolled: contacts, finished: contacts, active: 0 });
}, 300_000);
