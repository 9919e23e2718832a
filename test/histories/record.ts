/**
 * Records the histories that `test/delivery/replay.test.ts` replays: `node --import tsx test/histories/record.ts
 * [campaigns|unknown|emails|graphs]`. Needed when a change of the workflows is meant to break old histories, or when there is a new flow
 * to guard.
 */
import { Client, Connection } from "@temporalio/client";
import {
  campaignWorkflowId,
  deliverWorkflowId,
  emailsWorkflowId,
  jobGraphWorkflowId,
} from "../../domain/ids.js";
import { createAudience, tenantId } from "../support/crash-audience.js";
import { startSend } from "../support/crash-send.js";
import { startCrashStack } from "../support/crash-stack.js";
import { until } from "../support/until.js";
import { writeHistory } from "./history-file.js";

const stack = await startCrashStack();
const { floe, smtp } = stack;
const connection = await Connection.connect({ address: stack.temporalAddress });
const client = new Client({ connection, namespace: stack.namespace });
try {
  const [only] = process.argv.slice(2);
  const wanted = (flow: "campaigns" | "unknown" | "emails" | "graphs") => (only ?? flow) === flow;
  const audience = await createAudience(stack, 700);
  const recorded: string[] = [];
  if (wanted("campaigns"))
    recorded.push(...(await recordPausedAndRetried(audience)), ...(await recordCancelled(audience)));
  if (wanted("unknown")) recorded.push(...(await recordResolved(audience)));
  if (wanted("emails")) recorded.push(...(await recordEmails()));
  if (wanted("graphs")) recorded.push(...(await recordGraphs()));
  console.log(`Recorded ${recorded.join(", ")}.`);
} finally {
  await connection.close();
  await stack.close();
}

/** Paused and resumed in the middle; some recipients are deferred and get theirs in a retry round. */
async function recordPausedAndRetried(audience: { recipients: number; suppressed: number }) {
  await smtp.setFaults([
    {
      stage: "rcpt",
      recipient: "person69[0-9]@",
      action: { kind: "reply", line: "450 4.2.0 Greylisted, try again later" },
      times: 9,
    },
  ]);
  const send = await startSend(stack, audience, "Paused and retried", { perSecond: 150 });
  await send.reaches(0.2);
  await floe.campaigns.pause({ tenantId, sendId: send.sendId });
  await until("the pause", async () => (await send.openBatches()) === 0);
  await floe.campaigns.setRate({ tenantId, sendId: send.sendId, perSecond: null });
  await floe.campaigns.resume({ tenantId, sendId: send.sendId });
  await send.ends();
  return Promise.all([
    save(campaignWorkflowId(send.sendId), "campaign-paused-and-retried"),
    save(deliverWorkflowId(send.sendId, 0), "deliver-paused"),
    save(deliverWorkflowId(send.sendId, 1), "deliver-retry-round"),
  ]);
}

async function recordCancelled(audience: { recipients: number; suppressed: number }) {
  await smtp.setFaults([]);
  const send = await startSend(stack, audience, "Cancelled", { perSecond: 50 });
  await send.reaches(0.1);
  await floe.campaigns.cancel({ tenantId, sendId: send.sendId });
  await send.ends();
  return Promise.all([
    save(campaignWorkflowId(send.sendId), "campaign-cancelled"),
    save(deliverWorkflowId(send.sendId, 0), "deliver-cancelled"),
  ]);
}

/** One email that is deferred once, and three with a time to leave at, of which one is cancelled. */
async function recordEmails() {
  const request = (recipient: string) => ({
    tenantId,
    recipient,
    subject: "Your code",
    text: "Your code is 4711.",
    fromEmail: "id@example.com",
  });
  const action = { kind: "reply", line: "450 4.2.0 Greylisted, try again later" } as const;
  await smtp.setFaults([{ stage: "rcpt", recipient: "late@", action, times: 1 }]);
  const late = await floe.emails.send(request("late@example.com"));
  const sendAt = new Date(Date.now() + 5_000);
  const names = ["one", "two", "three"];
  const scheduled = await Promise.all(
    names.map((name) => floe.emails.send({ ...request(`${name}@example.com`), sendAt })),
  );
  const { groupId } = await floe.emails.status(scheduled[1] ?? late);
  await floe.emails.cancel(scheduled[1] ?? late);
  for (const email of [late, ...scheduled]) await floe.emails.wait(email);
  for (const id of [late.emailId, groupId]) await client.workflow.getHandle(emailsWorkflowId(id)).result();
  return Promise.all([
    save(emailsWorkflowId(late.emailId), "send-emails-retried"),
    save(emailsWorkflowId(groupId), "send-emails-scheduled-and-cancelled"),
  ]);
}

/** Two of four that are held are resolved while the send runs, the others after its end, by a run of their own. */
async function recordResolved(audience: { recipients: number; suppressed: number }) {
  await smtp.setFaults([
    { stage: "after-dot", recipient: "person15[0-3]@", action: { kind: "drop" }, times: 4 },
  ]);
  const send = await startSend(stack, audience, "Resolved", { perSecond: 60, onUnknown: "hold" });
  const ref = { tenantId, sendId: send.sendId };
  const held = async () => (await floe.campaigns.recipients({ ...ref, status: "unknown" })).map((r) => r.contactId);
  await until("four that are held", async () => (await held()).length === 4);
  const [first = "", second = ""] = await held();
  await floe.campaigns.resolveUnknown({ ...ref, as: "sent", contactIds: [first] });
  await floe.campaigns.resolveUnknown({ ...ref, as: "resend", contactIds: [second] });
  await floe.campaigns.setRate({ ...ref, perSecond: null });
  await send.ends();
  const running = await save(campaignWorkflowId(send.sendId), "campaign-resolved");
  await floe.campaigns.resolveUnknown({ ...ref, as: "resend" });
  await until("the resent", async () => (await floe.campaigns.analytics(ref)).unknown === 0);
  await send.ends();
  return [running, await save(campaignWorkflowId(send.sendId), "campaign-resolved-after-its-end")];
}

/** Every edge kind, a job that is tried again, and a run that is cancelled in a wait. */
async function recordGraphs() {
  const mail = { name: "mail", type: "email.send" as const };
  const input = { subject: "A report", text: "All is well.", fromEmail: "id@example.com" };
  const wait = (name: string, seconds = 1) => ({ name, type: "wait" as const, input: { seconds } });
  await floe.jobGraphs.create({
    tenantId,
    name: "recorded",
    jobs: [
      { ...mail, input: { ...input, recipient: "graph@example.com" } },
      { ...mail, name: "broken", input: { recipient: "x@example.com", template: "none", fromEmail: "id@example.com" } },
      { ...wait("again"), after: [{ job: "broken", onFailure: "retry", retries: 1 }] },
      { ...wait("goes-on"), after: [{ job: "broken", onFailure: "continue" }] },
      { ...wait("never"), after: ["mail"], when: { job: "mail", path: "sent", op: "gt", value: 1 } },
      { ...wait("past-skip"), after: [{ job: "never", onSkip: "continue" }] },
    ],
  });
  const run = await floe.jobGraphs.run({ tenantId, name: "recorded" });
  await floe.jobGraphs.wait(run);
  await floe.jobGraphs.create({
    tenantId,
    name: "cancelled",
    jobs: [wait("pause", 600), { ...wait("behind"), after: ["pause"] }],
  });
  const cancelled = await floe.jobGraphs.run({ tenantId, name: "cancelled" });
  await until("the wait", async () => (await floe.jobGraphs.status(cancelled)).jobs[0]?.state === "running");
  await floe.jobGraphs.cancel(cancelled);
  await floe.jobGraphs.wait(cancelled);
  for (const { runId } of [run, cancelled]) await client.workflow.getHandle(jobGraphWorkflowId(runId)).result();
  return Promise.all([
    save(jobGraphWorkflowId(run.runId), "job-graph"),
    save(jobGraphWorkflowId(cancelled.runId), "job-graph-cancelled"),
  ]);
}

async function save(workflowId: string, name: string): Promise<string> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  await writeHistory(name, history);
  return name;
}
