import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { createTransport } from "nodemailer";
import { beforeAll, describe, expect, it } from "vitest";
import { createShop, messagesTo } from "../email/fixture.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { dsn, feedback, noSuchUser, plain } from "./samples.js";

let world: World;
let port: number;

beforeAll(async () => {
  port = await freePort();
  world = await startWorld({ config: { inboundSmtpPort: port, inboundDomain: "bounces.example.com" } });
});

describe("what comes back to a return path", () => {
  it("is a bounce of the recipient: recorded and suppressed once, however often it is sent", async () => {
    const { floe, pool } = world;
    const shop = await createShop(world);
    const { emailId } = await floe.emails.send(shop.request("ann@gone.example"));
    await floe.emails.wait({ tenantId: shop.tenantId, emailId });
    const returnPath = returnPathOf("ann@gone.example");
    await giveBack(returnPath, dsn(noSuchUser));
    await giveBack(returnPath, dsn(noSuchUser));

    const [bounce] = await returned(shop.tenantId, 1);
    expect(bounce).toMatchObject({
      ...{
        kind: "bounce",
        bounceClass: "hard",
        enhancedCode: "5.1.1",
        sendId: emailId,
        result: "suppressed",
      },
    });
    await until("nothing waits", async () => {
      const { rows } = await pool.query("select from inbound_messages");
      return rows.length === 0;
    });
    const { rows } = await pool.query("select kind from email_events where tenant_id = $1", [shop.tenantId]);
    expect(rows).toEqual([{ kind: "bounce" }]);
    expect(await floe.suppressions.list({ tenantId: shop.tenantId })).toMatchObject([
      { value: "ann@gone.example", reason: "bounced" },
    ]);
  });

  it("has an effect only when it is a hard bounce or a complaint", async () => {
    const { floe } = world;
    const { tenantId } = await createAudience(world, { contacts: 4, domain: "returns.example" });
    const { sendId } = await floe.campaigns.start(await createCampaign(world, tenantId));
    await until("everything was sent", async () => messagesToAll("returns.example").length === 4);
    const full = ["Action: failed", "Status: 5.2.2", "Diagnostic-Code: smtp; 552 5.2.2 Mailbox full"];
    const away = plain(["Auto-Submitted: auto-replied", "Subject: Away"], "I am away.");
    const texts = [feedback("abuse"), dsn(full), away, dsn(noSuchUser)];
    for (const [i, text] of texts.entries()) await giveBack(returnPathOf(`user${i}@returns.example`), text);

    const messages = await returned(tenantId, 4);
    expect(messages.map(({ kind, bounceClass }) => [kind, bounceClass]).sort()).toEqual([
      ["auto-reply", null],
      ["bounce", "hard"],
      ["bounce", "soft"],
      ["complaint", null],
    ]);
    expect(messages.every((message) => message.sendId === sendId)).toBe(true);
    const suppressed = await floe.suppressions.list({ tenantId });
    expect(suppressed.map(({ value, reason }) => [value, reason]).sort()).toEqual([
      ["user0@returns.example", "complained"],
      ["user3@returns.example", "bounced"],
    ]);
    expect(await world.metrics()).toMatch(
      /inbound_messages_total\{kind="complaint",class="none",result="suppressed"/,
    );
  });

  it("is an unsubscribe at the address that List-Unsubscribe names, and a reply when a person wrote it", async () => {
    const { floe } = world;
    const { tenantId } = await createAudience(world, { contacts: 2, domain: "answers.example" });
    const { sendId } = await floe.campaigns.start(await createCampaign(world, tenantId));
    await until("everything was sent", async () => messagesToAll("answers.example").length === 2);
    const [leaver] = messagesTo(world, "user0@answers.example");
    const address = /<mailto:([^?>]+)\?subject=unsubscribe>/.exec(leaver?.body ?? "")?.[1] ?? "";
    await giveBack(address, plain([`To: ${address}`, "Subject: unsubscribe"], ""), "user0@answers.example");
    const [asker] = messagesTo(world, "user1@answers.example");
    const answer = plain([`In-Reply-To: ${asker?.messageId ?? ""}`, "Subject: Re: Hello"], "Tell me more.");
    await giveBack(returnPathOf("user1@answers.example"), answer, "user1@answers.example");

    const messages = await returned(tenantId, 2);
    expect(messages.map(({ kind, result }) => [kind, result]).sort()).toEqual([
      ["reply", "recorded"],
      ["unsubscribe", "suppressed"],
    ]);
    expect(await floe.suppressions.list({ tenantId })).toMatchObject([
      { value: "user0@answers.example", reason: "unsubscribed" },
    ]);
    expect(await floe.campaigns.analytics({ tenantId, sendId })).toMatchObject({
      ...{ replies: 1, unsubscribes: 1 },
    });
  });

  it("is refused when the return path is forged, and nothing of it is kept", async () => {
    await expect(giveBack("b+1.1.1@example.com", dsn(noSuchUser))).rejects.toThrow("550");
    await expect(giveBack("somebody@elsewhere.example", dsn(noSuchUser))).rejects.toThrow("550");
    expect(await world.metrics()).toMatch(/inbound_refused_total\{[^}]*\} 2/);
  });
});

function returnPathOf(address: string): string {
  return messagesTo(world, address)[0]?.from ?? "";
}

function messagesToAll(domain: string) {
  return world.smtp.messages.filter(({ to }) => to.some((address) => address.endsWith(domain)));
}

async function giveBack(returnPath: string, raw: string, from = ""): Promise<void> {
  const transport = createTransport({ host: "127.0.0.1", port, ignoreTLS: true });
  await transport.sendMail({ envelope: { from, to: returnPath }, raw });
}

function returned(tenantId: string, count: number) {
  return until(`${count} messages that came back are read`, async () => {
    const messages = await world.floe.bounces.list({ tenantId });
    return messages.length === count && messages;
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return free;
}
