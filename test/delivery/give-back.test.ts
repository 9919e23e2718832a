import { beforeAll, expect, it } from "vitest";
import { startFaultSmtp } from "../support/fault-smtp.js";
import { createAudience, createCampaign, limitsSeen, startWorld, type World } from "../support/world.js";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});

it("A node that is away spends nothing of its allowance, nor of the tenant's", async () => {
  const { floe, smtp } = world;
  const contacts = 60;
  const { tenantId, nodeId } = await createAudience(world, { contacts, domain: "around.example" });
  const away = await startFaultSmtp({});
  away.setFaults([{ name: "away", stage: "connect", action: { kind: "drop" } }]);
  const awayId = `${nodeId}-away`;
  await floe.nodes.upsert({ nodeId: awayId, tenantId, host: "127.0.0.1", port: away.port });
  const keys = [["tenant", tenantId] as const, ["node", nodeId] as const, ["node", awayId] as const];
  for (const [scope, key] of keys) await floe.limits.set({ scope, key, perDay: 1_000 });
  await limitsSeen();

  const send = await floe.campaigns.start(await createCampaign(world, tenantId));
  expect((await floe.campaigns.wait(send)).counts.sent).toBe(contacts);
  expect(away.statistics().fired.away).toBeGreaterThan(0);
  expect(smtp.messages.filter(({ to }) => to[0]?.endsWith("@around.example"))).toHaveLength(contacts);

  const used = async () => {
    const { limits } = await floe.limits.status();
    const of = (key: string) => limits.find(({ limit }) => limit.key === key)?.usedToday;
    return keys.map(([, key]) => of(key));
  };
  await expect.poll(used).toEqual([contacts, contacts, 0]);
  await away.close();
});
