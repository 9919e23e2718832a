import { beforeAll, describe, expect, it } from "vitest";
import type { JobBulkTarget } from "../../client/jobs-input.js";
import { Conflict } from "../../domain/errors.js";
import { createShop, ownContent } from "../email/fixture.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { startWebhookReceiver } from "../support/webhook-receiver.js";

let world: World;

beforeAll(async () => {
  world = await startWorld({ config: { retryBaseMs: 100 } });
});

const farAway = new Date(Date.now() + 20 * 24 * 3_600_000);

/** An email that nobody takes: it spends its attempts. */
async function deadEmail(shop: Awaited<ReturnType<typeof createShop>>, address: string) {
  const { floe, smtp } = world;
  smtp.setFaults([
    {
      name: "greylisted",
      stage: "rcpt",
      recipient: address,
      action: { kind: "reply", line: "451 4.7.1 greylisted" },
    },
  ]);
  const email = await floe.emails.send(shop.request(address));
  expect(await floe.emails.wait(email)).toMatchObject({ status: "dead" });
  return email;
}

describe("the list of jobs", () => {
  it("shows every kind of work with its status and what may be done to it", async () => {
    const { floe, pool } = world;
    const { tenantId } = await createAudience(world, { contacts: 3, domain: "kinds.example" });
    const campaign = await createCampaign(world, tenantId);
    const { sendId } = await floe.campaigns.start({ ...campaign, at: farAway });
    const { emailId } = await floe.emails.send({
      ...{ tenantId, recipient: "later@kinds.example", fromEmail: "shop@example.com", sendAt: farAway },
      ...{ subject: "Later", html: "<p>Later</p>" },
    });
    const imported = await floe.imports.start({ tenantId, path: "/nonexistent/leads.csv" });
    await expect(imported.result()).rejects.toThrow(Conflict);
    const exported = await floe.exports.start({ tenantId, kind: "contacts" });
    await exported.result().catch(() => undefined);
    const { sequenceId } = await floe.sequences.create({
      ...{ tenantId, name: "A sequence", list: "everybody", fromEmail: "news@example.com" },
      steps: [{ template: "hello", delay: { days: 3 } }],
    });
    await floe.sequences.start({ tenantId, sequenceId });
    const { abTestId } = await floe.abTests.create({
      ...{ tenantId, name: "A test", list: "everybody", fromEmail: "news@example.com" },
      variants: [{ template: "hello" }, { template: "hello" }],
    });
    await floe.abTests.start({ tenantId, abTestId, at: farAway });
    const wait = { name: "wait", type: "wait", input: { seconds: 3_600 } } as const;
    await floe.jobGraphs.create({ tenantId, name: "graph", jobs: [wait] });
    const { runId } = await floe.jobGraphs.run({ tenantId, name: "graph" });
    const { webhookId } = await floe.webhooks.create({ tenantId, url: "https://nobody.example/hook" });
    await floe.webhooks.pause({ tenantId, webhookId });
    await floe.webhooks.test({ tenantId, webhookId });

    const jobs = await until("all of them are listed", async () => {
      const found = await floe.jobs.list({ tenantId });
      const kinds = new Set(found.map(({ kind }) => kind));
      return (
        kinds.size === 8 &&
        found.some(({ kind, status }) => kind === "webhook.dispatch" && status === "paused") &&
        found
      );
    });
    const by = (kind: string, jobId: string) => jobs.find((job) => job.kind === kind && job.jobId === jobId);
    expect(by("campaign.process", sendId)).toMatchObject({
      ...{ status: "delayed", state: "scheduled", title: "A campaign", actions: ["cancel", "remove"] },
      ...{ campaignId: campaign.campaignId, queue: "send-campaign-standard", nextAttemptAt: farAway },
    });
    expect(by("email.send", emailId)).toMatchObject({
      ...{ status: "delayed", title: "later@kinds.example", queue: "send-priority-high", attempts: 0 },
      actions: ["cancel", "remove"],
    });
    expect(by("import.contacts", imported.importId)).toMatchObject({
      ...{ status: "dead", title: "leads.csv", actions: ["retry", "remove"] },
      error: expect.stringContaining("leads.csv") as string,
    });
    expect(by("campaign.sequence", sequenceId)).toMatchObject({ status: "active", title: "A sequence" });
    expect(by("campaign.ab-test", abTestId)).toMatchObject({ status: "delayed", nextAttemptAt: farAway });
    expect(by("job.graph", runId)).toMatchObject({ status: "active", title: "graph", queue: "campaign" });
    expect(jobs.find(({ kind }) => kind === "webhook.dispatch")).toMatchObject({
      ...{ title: "webhook.test", endpoint: "https://nobody.example/hook", state: "held" },
    });

    // The states exclude one another, and none is forgotten: each row of the tables is one job.
    const { rows } = await pool.query<{ count: number }>(
      `select ((select count(*) from emails where tenant_id = $1) + (select count(*) from campaign_sends where tenant_id = $1)
         + (select count(*) from lead_imports where tenant_id = $1) + (select count(*) from exports where tenant_id = $1)
         + (select count(*) from webhook_deliveries where tenant_id = $1)
         + (select count(*) from job_graph_runs where tenant_id = $1) + 2)::int as count`,
      [tenantId],
    );
    expect(jobs).toHaveLength(rows[0]?.count ?? -1);
    const counts = await floe.jobs.counts({ tenantId });
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(jobs.length);
    expect((await floe.jobs.list({ tenantId, statuses: ["dead"] })).map(({ kind }) => kind)).toContain(
      "import.contacts",
    );
    expect(await floe.jobs.list({ tenantId, search: "leads.csv" })).toMatchObject([
      { jobId: imported.importId },
    ]);
    expect(await floe.jobs.list({ tenantId, search: emailId })).toMatchObject([{ jobId: emailId }]);
    expect(await floe.jobs.list({ tenantId, search: "Later@kinds.example" })).toMatchObject([
      { jobId: emailId },
    ]);
    expect(await floe.jobs.list({ tenantId, webhookId, kinds: ["email.send"] })).toEqual([]);
    expect(await floe.jobs.list({ tenantId, queue: "send-retry" })).toEqual([]);
    expect(await floe.jobs.list({ tenantId, queue: "webhooks" })).toMatchObject([
      { kind: "webhook.dispatch" },
    ]);
    expect(await floe.jobs.list({ tenantId, createdBefore: new Date(0) })).toEqual([]);

    for (const { kind, jobId } of jobs)
      expect(await floe.jobs.get({ tenantId, kind, jobId })).toMatchObject({ kind, jobId, removedAt: null });
    await floe.jobs.cancel({ tenantId, kind: "campaign.sequence", jobId: sequenceId });
    await floe.jobs.cancel({ tenantId, kind: "job.graph", jobId: runId, actor: "ann", because: "not today" });
    await until("both are cancelled", async () => {
      const cancelled = await floe.jobs.list({ tenantId, statuses: ["cancelled"] });
      return cancelled.length === 2;
    });
    expect(
      await floe.audit.list({ tenantId, action: "jobs.cancel", subject: `job.graph/${runId}` }),
    ).toMatchObject([{ actor: "ann", reason: "not today", before: { status: "active" } }]);
  });

  it("is paged without loss or double while jobs arrive", async () => {
    const { floe } = world;
    const { tenantId, request } = await createShop(world);
    const { webhookId } = await floe.webhooks.create({ tenantId, url: "https://nobody.example/hook" });
    await floe.webhooks.pause({ tenantId, webhookId });
    const later = () =>
      floe.emails.send(request("a@pages.example", { ...ownContent(), variables: {}, sendAt: farAway }));
    for (let i = 0; i < 12; i += 1) {
      await later();
      await floe.webhooks.test({ tenantId, webhookId });
    }
    const all = await until("every event has its delivery", async () => {
      const jobs = await floe.jobs.list({ tenantId });
      return jobs.length === 24 && jobs;
    });
    const seen: string[] = [];
    for (let before: string | undefined; ;) {
      const page = await floe.jobs.list({ tenantId, limit: 5, ...(before && { before }) });
      seen.push(...page.map(({ kind, jobId }) => `${kind}/${jobId}`));
      if (page.length < 5) break;
      before = page.at(-1)?.cursor;
      await later();
    }
    expect(seen).toEqual(all.map(({ kind, jobId }) => `${kind}/${jobId}`));
    await expect(floe.jobs.list({ tenantId, before: "1~nothing~2" })).rejects.toThrow("before");
  });
});

describe("a job", () => {
  it("that is dead is retried, and refused what does not fit, with what does", async () => {
    const { floe, smtp } = world;
    const shop = await createShop(world);
    const { tenantId } = shop;
    const { emailId } = await deadEmail(shop, "once@dead.example");
    const ref = { tenantId, kind: "email.send", jobId: emailId } as const;
    expect(await floe.jobs.get(ref)).toMatchObject({
      ...{ status: "dead", attempts: 3, error: "greylisted", actions: ["retry", "remove"] },
      attemptLog: [{ attempt: 3, error: "greylisted", outcome: { replyCode: 451 } }],
      payload: { recipients: [{ email: "once@dead.example" }], variables: { first_name: "Ann" } },
      workflowId: expect.stringMatching(/^email\//) as string,
    });
    await expect(floe.jobs.cancel(ref)).rejects.toThrow("What fits: retry, remove");
    smtp.setFaults([]);
    await floe.jobs.retry({ ...ref, actor: "ann" });
    expect(await floe.emails.wait({ tenantId, emailId })).toMatchObject({ status: "sent" });
    expect(await floe.deadLetters.list({ tenantId })).toEqual([]);
    await expect(floe.jobs.retry(ref)).rejects.toThrow(
      "is completed (sent): send a new email. What fits: remove.",
    );
    await expect(floe.jobs.get({ ...ref, jobId: "0198a000-0000-7000-8000-000000000000" })).rejects.toThrow(
      "There is no job",
    );
  });

  it("that is removed leaves the list, and its dead letter is dismissed; what it did stays", async () => {
    const { floe, smtp } = world;
    const shop = await createShop(world);
    const { tenantId } = shop;
    const { emailId } = await deadEmail(shop, "gone@dead.example");
    const waiting = await floe.emails.send(shop.request("later@dead.example", { sendAt: farAway }));
    await floe.jobs.remove({ tenantId, kind: "email.send", jobId: emailId });
    await floe.jobs.remove({ tenantId, kind: "email.send", jobId: waiting.emailId });
    expect(await floe.jobs.list({ tenantId })).toEqual([]);
    expect(await floe.deadLetters.list({ tenantId })).toEqual([]);
    expect(await floe.emails.status({ tenantId, emailId })).toMatchObject({ status: "dead" });
    expect(await floe.emails.status(waiting)).toMatchObject({ status: "cancelled" });
    const removed = await floe.jobs.get({ tenantId, kind: "email.send", jobId: emailId });
    expect(removed).toMatchObject({
      status: "failed",
      state: "dismissed",
      removedAt: expect.any(Date) as Date,
    });
    smtp.setFaults([]);
    await floe.jobs.retry({ tenantId, kind: "email.send", jobId: emailId });
    expect(await floe.emails.wait({ tenantId, emailId })).toMatchObject({ status: "sent" });
    expect(await floe.jobs.list({ tenantId })).toMatchObject([{ jobId: emailId, status: "completed" }]);
  });

  it("of a webhook is cancelled while it waits, and delivered again later", async () => {
    const { floe } = world;
    const { tenantId } = await createShop(world);
    const receiver = await startWebhookReceiver();
    const { webhookId } = await floe.webhooks.create({
      tenantId,
      url: receiver.url("/jobs"),
      allowPrivate: true,
    });
    await floe.webhooks.pause({ tenantId, webhookId });
    await floe.webhooks.test({ tenantId, webhookId });
    const [job] = await until("the delivery", async () => {
      const jobs = await floe.jobs.list({ tenantId, webhookId });
      return jobs.length === 1 && jobs;
    });
    const ref = { tenantId, kind: "webhook.dispatch", jobId: job?.jobId ?? "" } as const;
    expect(await floe.jobs.cancel(ref)).toMatchObject({ status: "cancelled", actions: ["retry", "remove"] });
    await floe.webhooks.resume({ tenantId, webhookId });
    await floe.jobs.retry(ref);
    await until("it is delivered", async () => (await floe.jobs.get(ref)).status === "completed");
    expect(await floe.jobs.get(ref)).toMatchObject({
      attempts: 1,
      attemptLog: [{ outcome: { status: 200 } }],
    });
  });
});

describe("an action on many jobs", () => {
  it("takes up no more while it is paused, goes on where it stood, and leaves the rest alone when it is cancelled", async () => {
    const { floe } = world;
    const shop = await createShop(world);
    const { tenantId } = shop;
    for (const name of ["ann", "bob", "cat", "dan"])
      await floe.emails.send(shop.request(`${name}@many.example`, { sendAt: farAway }));
    const target: JobBulkTarget = { tenantId, action: "cancel", kinds: ["email.send"] };
    expect(await floe.jobs.previewBulk(target)).toMatchObject({ count: 4 });
    // One at a time, with long breaks between them.
    const { bulkId } = await floe.jobs.bulk({ ...target, perSecond: 0.1, expected: 4, actor: "ann" });
    const bulk = { tenantId, bulkId };
    const done = (count: number) =>
      until(`${count} are done`, async () => (await floe.jobs.bulkStatus(bulk)).done >= count);

    await done(1);
    expect(await floe.jobs.pauseBulk(bulk)).toMatchObject({ status: "paused" });
    const { done: before } = await floe.jobs.bulkStatus(bulk);
    expect(before).toBeLessThan(4);
    expect(await floe.jobs.list({ tenantId, statuses: ["delayed"] })).toHaveLength(4 - before);
    expect(await floe.jobs.resumeBulk(bulk)).toMatchObject({ status: "running" });
    await done(before + 1);
    expect(await floe.jobs.cancelBulk(bulk)).toMatchObject({ status: "cancelled" });
    const { done: after } = await floe.jobs.bulkStatus(bulk);
    const left = await floe.jobs.bulkItems({ ...bulk, state: "cancelled" });
    expect(left).toHaveLength(4 - after);
    expect(await floe.jobs.list({ tenantId, statuses: ["delayed"] })).toHaveLength(left.length);
    await expect(floe.jobs.resumeBulk(bulk)).rejects.toThrow(Conflict);
  });
});
