import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTracing, type Tracing } from "../../runtime/tracing.js";
import { Worker } from "@temporalio/worker";
import { emailsWorkflowId } from "../../domain/ids.js";
import { buildBundle } from "../../workers/bundle.js";
import { untraced } from "../../workers/traced-activities.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { floe } from "../client/cli-process.js";
import { quiet, request, runApi } from "../api/fixture.js";
import { createShop } from "../email/fixture.js";
import { startTraceCollector, type CollectedSpan, type TraceCollector } from "../support/trace-collector.js";
import { until } from "../support/until.js";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { createEndpoint } from "../webhooks/fixture.js";

const apiToken = "a-token-of-the-trace-tests";

let collector: TraceCollector;
let receiver: WebhookReceiver;
let tracing: Tracing | undefined;
let world: World;
let url: string;

beforeAll(async () => {
  [collector, receiver] = await Promise.all([startTraceCollector(), startWebhookReceiver()]);
  tracing = await startTracing({
    ...{ config: { url: collector.url, messageRatio: 1 }, service: "floe-tested", log: quiet },
  });
  if (!tracing) throw new Error("Traces are on.");
  world = await startWorld({ tracing });
  const { databaseUrl, redisUrl, temporal } = world.config;
  const { api, url: base } = await runApi(databaseUrl, { redisUrl, temporal, apiToken }, { tracing });
  url = base;
  return () => Promise.all([api.close(), receiver.kill()]);
});
afterAll(async () => {
  await tracing?.stop();
  await collector.close();
});

async function post(path: string, body: object, over: Record<string, string> = {}) {
  const response = await request(`${url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json", ...over },
    body: JSON.stringify(body),
  });
  expect(response.status).toBeLessThan(300);
  return (await response.json()) as Record<string, string>;
}

async function postEmail(tenantId: string, recipient: string, over: Record<string, string> = {}) {
  const body = { tenant_id: tenantId, recipient, template_id: "hello", from_email: "shop@example.com" };
  const { email_id: emailId = "" } = await post("/api/emails", body, over);
  return emailId;
}

/** From the first to the last. */
function names(line: CollectedSpan[]): string[] {
  return line.map(({ name }) => name).toReversed();
}

function inTrace(traceId: string, wanted: string) {
  return collector.find(
    `${wanted} in ${traceId}`,
    (span) => span.name === wanted && span.traceId === traceId,
  );
}

const wayOfAnEmail = [
  ...["POST /api/emails", "StartWorkflow:sendEmails", "RunWorkflow:sendEmails"],
  ...["StartActivity:transmitEmails", "RunActivity:transmitEmails"],
];

describe("One trace leads", () => {
  it("from the caller of POST /api/emails to the SMTP server's reply", async () => {
    const { tenantId } = await createShop(world);
    const caller = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
    const traceparent = `00-${caller.traceId}-${caller.spanId}-01`;
    await postEmail(tenantId, "ann@traced.example", { traceparent });
    const message = await inTrace(caller.traceId, "smtp.transmit");
    const line = await collector.ancestry(message, caller.spanId);
    expect(names(line)).toEqual([...wayOfAnEmail, "smtp.transmit"]);
    expect(message.attributes).toMatchObject({ "smtp.reply_code": 250, "smtp.stage": "after-dot" });
    expect(line[1]?.attributes).toMatchObject({ "floe.sent": 1, "floe.deferred": 0 });
    expect(line.at(-1)?.attributes).toMatchObject({
      ...{ "http.route": "/api/emails", "http.response.status_code": 202 },
    });
  });

  it("from the start of a campaign to the reply to each message, with a span a batch", async () => {
    const { tenantId } = await createAudience(world, { contacts: 3, domain: "many.traced.example" });
    const { campaignId } = await createCampaign(world, tenantId);
    const start = { tenant_id: tenantId, campaign_id: campaignId, user_id: "ann" };
    const { send_id: sendId } = await post("/api/queue/campaigns/send", start);
    const batch = await collector.find(
      "the batch",
      ({ name, attributes }) => name === "RunActivity:sendBatch" && attributes["floe.send_id"] === sendId,
    );
    const messages = await until("the messages' spans", async () => {
      const found = collector.spans.filter(({ parentSpanId }) => parentSpanId === batch.spanId);
      return found.length === 3 && found;
    });
    expect(messages.map(({ attributes }) => attributes["smtp.reply_code"])).toEqual([250, 250, 250]);
    expect(batch.attributes).toMatchObject({ "floe.sent": 3, "floe.failed": 0 });
    expect(names(await collector.ancestry(batch))).toEqual([
      ...["POST /api/queue/campaigns/send", "StartWorkflow:campaign", "RunWorkflow:campaign"],
      ...["StartChildWorkflow:deliver", "RunWorkflow:deliver"],
      ...["StartActivity:sendBatch", "RunActivity:sendBatch"],
    ]);
  });

  it("from POST /api/emails to the webhook that tells of it, and on to its receiver", async () => {
    const { tenantId } = await createShop(world);
    await createEndpoint({ world, receiver }, tenantId, "/told");
    const emailId = await postEmail(tenantId, "ben@traced.example");
    const [hit] = await until("the webhook came", async () => {
      const hits = await receiver.hits("/told");
      return hits.length > 0 && hits;
    });
    expect(hit?.body).toContain(emailId);
    const attempt = await collector.find(
      "the attempt",
      ({ attributes }) => attributes["webhook.message_id"] === hit?.webhookId,
    );
    expect(names(await collector.ancestry(attempt))).toEqual([...wayOfAnEmail, "webhook.attempt"]);
    expect(attempt.attributes).toMatchObject({ "http.response.status_code": 200 });
    expect(hit?.headers?.traceparent).toBe(`00-${attempt.traceId}-${attempt.spanId}-01`);
  });
});

describe("A command", () => {
  it("is the beginning of what it starts", async () => {
    const { tenantId } = await createAudience(world, { contacts: 1, domain: "cli.traced.example" });
    const { campaignId } = await createCampaign(world, tenantId);
    const { databaseUrl, redisUrl, temporal } = world.config;
    const { code, stderr } = await floe(["campaign", "send", campaignId, "--tenant", tenantId], {
      ...{ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, TEMPORAL_ADDRESS: temporal.address },
      ...{ TEMPORAL_NAMESPACE: temporal.namespace, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url },
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=test",
    });
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const command = await collector.find("the command", ({ name }) => name === "floe campaign send");
    expect(command.service).toBe("floe-cli");
    const message = await inTrace(command.traceId, "smtp.transmit");
    expect((await collector.ancestry(message)).at(-1)).toEqual(command);
  });
});

describe("A workflow whose history is traced", () => {
  it.each([true, false])("is replayed by the bundle with spans: %s", async (traced) => {
    const { tenantId } = await createShop(world);
    const emailId = await postEmail(tenantId, `dan${String(traced)}@replayed.example`);
    await world.floe.emails.wait({ tenantId, emailId });
    const client = await createTemporalClient(world.config.temporal);
    const handle = client.workflow.getHandle(emailsWorkflowId(emailId));
    await handle.result();
    const history = await handle.fetchHistory();
    expect(JSON.stringify(history.events?.[0])).toContain("_tracer-data");
    const { code } = await buildBundle({ traced });
    await Worker.runReplayHistory({ workflowBundle: { code }, sinks: untraced }, history);
  });
});

describe("A span", () => {
  it("holds no address, no content and no secret, whatever went wrong", async () => {
    const { tenantId } = await createShop(world);
    const action = { kind: "reply", line: "550 5.1.1 cat@refused.example unknown" } as const;
    world.smtp.setFaults([{ name: "refused", stage: "rcpt", recipient: "refused.example", action }]);
    const emailId = await postEmail(tenantId, "cat@refused.example");
    await world.floe.emails.wait({ tenantId, emailId });
    expect(world.smtp.statistics().fired.refused).toBe(1);
    const refused = await collector.find("it", ({ attributes }) => attributes["smtp.reply_code"] === 550);
    expect(refused.attributes).toMatchObject({ "floe.outcome": "rejected", "floe.reason": "bad-address" });
    const all = collector.spans.map(({ text }) => text).join("\n");
    expect(all).not.toMatch(/@(traced|many|refused|example)\.|Hello|whsec_|a-token-of/);
    expect(all).not.toContain(receiver.url("/told"));
  });

  it("of a recipient's click is not made, whatever trace the recipient names", async () => {
    const traceId = "1bf7651916cd43dd8448eb211c80319c";
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    await request(`${url}/o/nothing.gif`, { headers: { traceparent } });
    const asked = await request(`${url}/api/emails/unknown`, { headers: { traceparent } });
    expect(asked.status).toBe(401);
    await collector.find("what is refused", (span) => span.traceId === traceId);
    expect(collector.spans.filter((span) => span.traceId === traceId)).toHaveLength(1);
  });
});
