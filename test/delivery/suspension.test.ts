import { afterAll, beforeAll, expect, it } from "vitest";
import { startFaultSmtp, type FaultSmtp } from "../support/fault-smtp.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";

const contacts = 60;
let world: World;
let second: FaultSmtp;
beforeAll(async () => {
  [world, second] = await Promise.all([startWorld(), startFaultSmtp()]);
});
afterAll(() => second.close());

it("A provider that asks to be spared gets nothing more from that node: another one takes over, and no attempt is spent", async () => {
  const { floe, smtp, pool } = world;
  const { tenantId, nodeId } = await createAudience(world, { contacts, domain: "yahoo.com" });
  await floe.contacts.upsert({
    ...{ tenantId, list: "everybody" },
    contacts: Array.from({ length: contacts }, (_, i) => ({ email: `user${i}@gmail.com` })),
  });
  const other = `${tenantId}-second`;
  await floe.nodes.upsert({ nodeId: other, tenantId, host: "127.0.0.1", port: second.port });
  smtp.setFaults([
    {
      name: "TSS04",
      stage: "rcpt",
      recipient: "@yahoo\\.com$",
      action: {
        kind: "reply",
        line: "421 4.7.0 [TSS04] Messages from 1.2.3.4 temporarily deferred due to user complaints",
      },
    },
  ]);
  const send = await floe.campaigns.start(await createCampaign(world, tenantId));
  const { counts } = await until("everybody has it", async () => {
    const status = await floe.campaigns.status(send);
    return status.status === "completed" && status;
  });

  expect(counts).toMatchObject({ sent: 2 * contacts, pending: 0, deferred: 0, dead: 0 });
  // At most what was on the node's ten connections when the first answer came.
  const { fired } = smtp.statistics();
  expect(fired.TSS04).toBeGreaterThan(0);
  expect(fired.TSS04).toBeLessThanOrEqual(30);
  const to = (server: FaultSmtp, domain: string) =>
    server.messages.filter(({ to: [recipient] }) => recipient?.endsWith(domain)).length;
  expect([to(smtp, "yahoo.com"), to(second, "yahoo.com")]).toEqual([0, contacts]);
  expect(to(smtp, "gmail.com")).toBeGreaterThan(0);
  const { rows: attempts } = await pool.query(
    "select distinct attempts from email_sends where send_id = $1",
    [send.sendId],
  );
  expect(attempts).toEqual([{ attempts: 1 }]);

  const held = (await floe.limits.status(tenantId)).suspensions.filter((each) => each.nodeId === nodeId);
  expect(held).toMatchObject([
    {
      mailboxProvider: "yahoo",
      rule: "yahoo-tss04",
      perSecond: null,
      reply: { code: 421, enhanced: "4.7.0" },
    },
  ]);
  expect(held[0]?.until.getTime()).toBeGreaterThan(Date.now() + 100 * 60_000);
  expect(await world.metrics()).toMatch(
    /provider_throttles_total\{mailbox_provider="yahoo",rule="yahoo-tss04"/,
  );

  expect(await floe.limits.resume({ nodeId, mailboxProvider: "yahoo" })).toEqual({ lifted: 1 });
  const after = await floe.limits.status(tenantId);
  expect(after.suspensions.filter((each) => each.nodeId === nodeId)).toEqual([]);
  expect(after.slowedPaths.filter((each) => each.nodeId === nodeId)).toEqual([]);
});
