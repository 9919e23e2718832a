import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { connectFloe } from "../../client/connect.js";
import { testTemporal } from "../setup/stack.js";
import { wireTo, type CuttableWire } from "../support/cut.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";

/** The workers reach Temporal over a wire that can be cut; whoever steers the campaign does not. */
let wire: CuttableWire;
let world: World;

beforeAll(async () => {
  const temporal = await testTemporal();
  wire = await wireTo(temporal.address);
  world = await startWorld({ temporal: { ...temporal, address: wire.address } });
  const { databaseUrl, redisUrl, secret, publicUrl } = world.config;
  const floe = await connectFloe({
    ...{ databaseUrl, redisUrl, publicUrl, namespace: temporal.namespace },
    ...(secret !== undefined && { secret }),
    temporalAddress: temporal.address,
  });
  world = { ...world, floe };
});
afterAll(async () => {
  await world.floe.close();
  await wire.close();
});

it("An attempt that Temporal cannot hear stops sending before another one may begin", async () => {
  const { floe, smtp, pool } = world;
  const domain = "silent.example";
  const { tenantId } = await createAudience(world, { contacts: 240, domain });
  smtp.setFaults([{ name: "slow", stage: "after-dot", action: { kind: "slow", ms: 250 } }]);
  const send = await floe.campaigns.start(await createCampaign(world, tenantId));
  const owners = async () => {
    const { rows } = await pool.query<{ owned: number }>(
      "select count(owner_token)::int as owned from campaign_send_batches where send_id = $1",
      [send.sendId],
    );
    return rows[0]?.owned;
  };
  await vi.waitFor(() => expect(smtp.messages.length).toBeGreaterThan(30), { timeout: 20_000 });
  expect(await owners()).toBe(1);

  wire.cut();
  // Given back by the attempt itself: Temporal could not tell anybody to take it over.
  await vi.waitFor(async () => expect(await owners()).toBe(0), { timeout: 15_000, interval: 100 });
  expect(wire.heldBack()).toBeGreaterThan(0);
  const sent = smtp.messages.length;
  expect(sent).toBeLessThan(240);
  expect((await floe.campaigns.status(send)).counts).toMatchObject({ sent, pending: 240 - sent });

  smtp.setFaults([]);
  wire.mend();
  const { counts, possibleDuplicates } = await floe.campaigns.wait(send);
  expect({ sent: counts.sent, possibleDuplicates }).toEqual({ sent: 240, possibleDuplicates: 0 });
  expect(new Set(smtp.messages.map(({ to }) => to[0])).size).toBe(240);
  expect(smtp.messages).toHaveLength(240);
});
