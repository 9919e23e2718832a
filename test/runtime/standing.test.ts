import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Gauge, Registry } from "prom-client";
import { expect, it } from "vitest";
import { countStanding } from "../../db/standing-counts.js";
import { sampleStanding, type StandingGauges } from "../../workers/standing-sampler.js";
import { makeFolder } from "../export/folder.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld } from "../support/world.js";

it("metrics say how many rows came and went, and what work stands where", async () => {
  const dataFolder = await makeFolder();
  const world = await startWorld({ config: { dataFolder } });
  const { tenantId } = await createAudience(world, { contacts: 2, domain: "metrics.example" });
  const path = join(dataFolder, "people.csv");
  await writeFile(path, "email\nann@metrics.example\nbroken\nbob@metrics.example\n");
  await (await world.floe.imports.start({ tenantId, path })).result();
  await (await world.floe.exports.start({ tenantId, kind: "contacts" })).result();
  const metrics = await world.metrics();
  expect(metrics).toMatch(/rows_total\{kind="import",result="imported",.*\} 2\n/);
  expect(metrics).toMatch(/rows_total\{kind="import",result="refused",.*\} 1\n/);
  expect(metrics).toMatch(/rows_total\{kind="export",result="exported",.*\} 4\n/);

  const at = new Date(Date.now() + 3_600_000);
  await world.floe.campaigns.start({ ...(await createCampaign(world, tenantId)), at });
  await world.pool.query(
    "insert into dead_letters (tenant_id, send_id, contact_id, reason, attempts) values ($1, gen_random_uuid(), 1, 'x', 3)",
    [tenantId],
  );
  const webhook = { tenantId, url: "https://example.com/", eventTypes: ["order.paid"] };
  const { webhookId } = await world.floe.webhooks.create(webhook);
  await world.floe.webhooks.pause({ tenantId, webhookId });
  await world.floe.webhooks.publish({ tenantId, type: "order.paid", data: {} });
  await until(
    "the delivery is made",
    async () => (await world.floe.webhooks.deliveries({ tenantId })).length === 1,
  );
  const registers = [new Registry()];
  const gauge = (name: string) => new Gauge({ name, help: name, labelNames: ["kind", "status"], registers });
  const gauges: StandingGauges = {
    work: gauge("work"),
    "dead-letters": gauge("letters"),
    findings: gauge("findings"),
    blacklists: gauge("blacklists"),
    warmups: gauge("warmups"),
    "reputation-gates": gauge("gates"),
    "reputation-scores": gauge("scores"),
    webhooks: gauge("webhooks"),
    "webhook-ages": gauge("ages"),
  };
  await until("the recorder has seen the import and the export end", async () => {
    const counts = await countStanding(world.pool);
    return counts.filter(({ what }) => what === "work").length === 1;
  });
  const sampler = sampleStanding(() => countStanding(world.pool), gauges);
  await until("the sample", async () => (await gauges.work.get()).values.length > 0);
  sampler.stop();
  expect((await gauges.work.get()).values).toEqual([
    { labels: { kind: "send", status: "pending" }, value: 1 },
  ]);
  const letters = (await gauges["dead-letters"].get()).values;
  expect(new Map(letters.map(({ labels, value }) => [`${labels.kind} ${labels.status}`, value]))).toEqual(
    new Map([
      ["email.send open", 1],
      ["import.row open", 1],
      ["all purged", 0],
    ]),
  );
  expect((await gauges.webhooks.get()).values).toEqual([
    { labels: { kind: "first", status: "kept" }, value: 1 },
  ]);
  expect((await gauges["webhook-ages"].get()).values[0]?.value).toBeLessThan(60);
});
