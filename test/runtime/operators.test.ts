import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { loadTenantShares } from "../../db/tenant-shares.js";
import { sampleParts } from "../../workers/part-sampler.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld } from "../support/world.js";

it("metrics say which parts a worker reaches, and whose mail bounces or is complained about", async () => {
  const world = await startWorld();
  for (const part of ["postgres", "redis", "temporal"])
    await until(part, async () => (await world.metrics()).includes(`part_up{part="${part}",role="all"} 1`));

  const { pool } = world;
  const mail = async (tenantId: string, daysAgo: number, counts: Record<string, number>): Promise<void> => {
    await pool.query(
      `insert into email_analytics (tenant_id, day, kind, count)
       select $1, (now() at time zone 'UTC')::date - $2::int, key, value::bigint from jsonb_each_text($3)`,
      [tenantId, daysAgo, JSON.stringify(counts)],
    );
  };
  await mail("careless", 0, { sent: 900, bounced: 100, complaint: 9 });
  await mail("careful", 0, { sent: 1_000, bounced: 0 });
  await mail("better-now", 3, { sent: 100, bounced: 900 });
  await mail("small", 0, { sent: 50, bounced: 49 });
  expect(await loadTenantShares(pool)).toEqual([
    { tenantId: "careless", bounced: 0.1, complained: 0.01 },
    { tenantId: "careful", bounced: 0, complained: 0 },
  ]);

  const { tenantId } = await createAudience(world, { contacts: 200, domain: "shares.example" });
  const send = await world.floe.campaigns.start(await createCampaign(world, tenantId));
  await world.floe.campaigns.wait(send);
  const { rows } = await pool.query<{ contact_id: string }>(
    "select contact_id from email_sends where send_id = $1 limit 20",
    [send.sendId],
  );
  for (const { contact_id: contactId } of rows)
    await pool.query(
      `insert into email_returns (send_id, contact_id, tenant_id, email, bounce_class, diagnostic, returned_at)
       values ($1, $2, $3, 'x@shares.example', 'hard', '', now())`,
      [send.sendId, contactId, tenantId],
    );
  const [worst] = (await loadTenantShares(pool)).filter((share) => share.tenantId === tenantId);
  expect(worst).toEqual({ tenantId, bounced: 0.1, complained: 0 });
});

it("a part that does not answer shows as away", async () => {
  const registry = new Registry();
  const refused = () => Promise.reject(new Error("refused"));
  const pings = { postgres: async () => 1, redis: refused, temporal: () => refused() };
  const sampler = sampleParts(pings, registry);
  const text = await until("all were asked", async () => {
    const shown = await registry.metrics();
    return shown.split("\npart_up{").length === 4 && shown;
  });
  sampler.stop();
  expect(text).toContain('part_up{part="postgres"} 1');
  expect(text).toContain('part_up{part="redis"} 0');
});
