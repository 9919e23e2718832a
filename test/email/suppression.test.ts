import { beforeAll, describe, expect, it } from "vitest";
import { startWorld, type World } from "../support/world.js";
import { createShop, messagesTo } from "./fixture.js";

let world: World;
let shop: Awaited<ReturnType<typeof createShop>>;

beforeAll(async () => {
  world = await startWorld();
  shop = await createShop(world);
});

describe("a suppressed address", () => {
  it("gets nothing, whoever suppressed it: the tenant or everybody, the address or its domain", async () => {
    const { floe } = world;
    const { tenantId } = shop;
    await floe.suppressions.add({ tenantId, address: "gone@suppressed.example" });
    await floe.suppressions.add({ tenantId, domain: "own-domain.example" });
    await floe.suppressions.add({ tenantId: "*", address: "gone@everybody.example" });
    await floe.suppressions.add({ tenantId: "*", domain: "every-domain.example" });
    const addresses = [
      "gone@suppressed.example",
      "a@own-domain.example",
      "gone@everybody.example",
      "a@every-domain.example",
    ];
    const emails = await Promise.all(
      addresses.map(async (address) => floe.emails.wait(await floe.emails.send(shop.request(address)))),
    );
    expect(emails.map(({ status }) => status)).toEqual(Array(4).fill("suppressed"));
    for (const address of addresses) expect(messagesTo(world, address)).toHaveLength(0);
  });

  it("among copies does not keep the others from getting theirs", async () => {
    const { floe } = world;
    await floe.suppressions.add({ tenantId: shop.tenantId, address: "gone@copies.example" });
    const email = await floe.emails.wait(
      await floe.emails.send(shop.request("gone@copies.example", { cc: "here@copies.example" })),
    );
    expect(email).toMatchObject({
      status: "sent",
      recipients: [{ status: "suppressed" }, { status: "sent" }],
    });
  });

  it("is one that bounced", async () => {
    const { floe, smtp } = world;
    smtp.setFaults([
      {
        name: "no such user",
        stage: "rcpt",
        action: { kind: "reply", line: "550 5.1.1 No such user" },
        recipient: "nobody@bounce.example",
      },
    ]);
    const first = await floe.emails.wait(await floe.emails.send(shop.request("nobody@bounce.example")));
    expect(first).toMatchObject({
      status: "bounced",
      recipients: [{ replyCode: 550, enhancedCode: "5.1.1" }],
    });
    const second = await floe.emails.wait(await floe.emails.send(shop.request("nobody@bounce.example")));
    expect(second.status).toBe("suppressed");
    expect(smtp.statistics().fired["no such user"]).toBe(1);
    smtp.setFaults([]);
  });
});
