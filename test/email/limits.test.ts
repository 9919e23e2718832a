import { beforeAll, expect, it } from "vitest";
import { emailsWorkflowId } from "../../domain/ids.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { limitsSeen, startWorld, type World } from "../support/world.js";
import { createShop, messagesTo } from "./fixture.js";

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

it("an email that a limit holds back says which one, and can be cancelled meanwhile", async () => {
  const { floe, config } = world;
  const { nodeId, request } = await createShop(world);
  await floe.limits.set({ scope: "node", key: nodeId, perDay: 1 });
  await limitsSeen();
  expect(await floe.emails.wait(await floe.emails.send(request("first@limit.example")))).toMatchObject({
    status: "sent",
  });
  const held = await floe.emails.send(request("second@limit.example"));
  const client = await createTemporalClient(config.temporal);
  const handle = client.workflow.getHandle(emailsWorkflowId(held.emailId));
  await expect
    .poll(
      async () => {
        const { raw } = await handle.describe();
        return raw.pendingActivities?.[0]?.lastFailure?.message ?? "";
      },
      { timeout: 20_000 },
    )
    .toMatch(/^Held back by node:\S+ day, free again in \d+ s\.$/);
  await client.connection.close();
  expect(await floe.emails.cancel(held)).toMatchObject({
    status: "cancelled",
    recipients: [{ attempts: 0 }],
  });
  expect(messagesTo(world, "second@limit.example")).toHaveLength(0);
});

it("emails of a tenant whose only node is away wait for it, and spend no attempt", async () => {
  const { floe, smtp, pool } = world;
  const { request } = await createShop(world);
  await smtp.goAway();
  const sent = await floe.emails.send(request("ann@away-node.example"));
  const claims = async () => {
    const query = "select claims from email_groups where group_id = $1";
    return (await pool.query<{ claims: number }>(query, [sent.emailId])).rows[0]?.claims;
  };
  await expect.poll(claims, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(await floe.emails.status(sent)).toMatchObject({ status: "pending", recipients: [{ attempts: 0 }] });
  await smtp.comeBack();
  expect(await floe.emails.wait(sent)).toMatchObject({ status: "sent", recipients: [{ attempts: 1 }] });
  expect(messagesTo(world, "ann@away-node.example")).toHaveLength(1);
});
