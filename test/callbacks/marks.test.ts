import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it, test } from "vitest";
import type { SendNode } from "../../activities/delivery-ports.js";
import { relayProvider } from "../../domain/provider-reports.js";
import { createCallbackMarks, markName } from "../../mail/callbacks/marks.js";
import { request, runApi, secret, tokens } from "../api/fixture.js";
import { createShop, headerOf, messagesTo } from "../email/fixture.js";
import { tokens as testTokens } from "../support/composing.js";
import { until } from "../support/until.js";
import { createAudience, createCampaign, startWorld, type World } from "../support/world.js";
import { mailgunKey } from "./fixture.js";
import { mailgunEvent } from "./samples/mailgun.js";
import { signMailgun } from "./signing.js";

test.each([
  ["email-smtp.eu-central-1.amazonaws.com", "ses"],
  ["email-smtp-fips.us-east-1.amazonaws.com", "ses"],
  ["smtp.sendgrid.net", "sendgrid"],
  ["smtp.eu.sendgrid.net", "sendgrid"],
  ["smtp.eu.mailgun.org", "mailgun"],
  ["SMTP.postmarkapp.com", "postmark"],
  ["smtp-broadcasts.postmarkapp.com", "postmark"],
  ["smtp.sendgrid.net.example.com", null],
  ["mx.example.com", null],
])("the relay at %s is that of %s", (host, provider) => {
  expect(relayProvider({ host, provider: "internal" })).toBe(provider);
  expect(relayProvider({ host: "127.0.0.1", provider: provider ?? "internal" })).toBe(provider);
});

describe("a mark", () => {
  const marks = createCallbackMarks(testTokens);
  const recipient = { sendId: randomUUID(), contactId: "7" };
  const token = testTokens.recipientToken(recipient.sendId, recipient.contactId);
  const message = Buffer.from("DKIM-Signature: v=1\r\nSubject: Hello\r\n\r\nX-SMTPAPI: is no field here");
  const marked = (provider: string, bytes = message) =>
    marks.mark({ provider, host: "127.0.0.1" } as SendNode, recipient, bytes);

  it.each([
    ["ses", `X-SES-MESSAGE-TAGS: ${markName}=${token}`],
    ["sendgrid", `X-SMTPAPI: {"unique_args":{"${markName}":"${token}"}}`],
    ["mailgun", `X-Mailgun-Variables: {"${markName}":"${token}"}`],
    ["postmark", `X-PM-Metadata-${markName}: ${token}`],
  ])("of %s is the field that it documents, before the signatures", (provider, field) => {
    expect(marked(provider).toString()).toBe(`${field}\r\n${message.toString()}`);
    // RFC 5322, 2.1.1; Postmark takes 20 characters of a name and 80 of a value.
    expect(field.length).toBeLessThan(200);
    expect([markName.length <= 20, token.length <= 80]).toEqual([true, true]);
  });

  it("leaves alone the messages of other nodes, and a field that the tenant has set", () => {
    expect(marked("internal")).toBe(message);
    const own = Buffer.from('Subject: Hello\r\nx-smtpapi: {"category":"x"}\r\n\r\nHello');
    expect(marked("sendgrid", own)).toBe(own);
  });
});

describe("what leaves by a provider's relay", () => {
  let world: World;
  let url: string;
  beforeAll(async () => {
    world = await startWorld({ config: { secret } });
    const { api, url: base } = await runApi(world.config.databaseUrl, { callbacks: { mailgunKey } });
    url = base;
    return () => api.close();
  });

  const viaMailgun = ({ tenantId, nodeId }: { tenantId: string; nodeId: string }) =>
    world.floe.nodes.upsert({
      tenantId,
      nodeId,
      provider: "mailgun",
      host: "127.0.0.1",
      port: world.smtp.port,
    });

  function markOf(address: string): string {
    const header = headerOf(messagesTo(world, address)[0], "x-mailgun-variables") ?? "{}";
    return (JSON.parse(header) as Record<string, string>)[markName] ?? "";
  }

  async function tellUnknown(address: string): Promise<void> {
    const failed = { severity: "permanent", "delivery-status": { code: 550, message: "5.1.1 user unknown" } };
    const variables = { "user-variables": { [markName]: markOf(address) } };
    const { body } = await signMailgun(mailgunKey, mailgunEvent("failed", { ...failed, ...variables }));
    expect((await request(`${url}/callbacks/mailgun`, { method: "POST", body })).status).toBe(204);
  }

  it("names each recipient of a campaign, so that a callback is about that one", async () => {
    const audience = await createAudience(world, { contacts: 3, domain: "relayed.example" });
    await viaMailgun(audience);
    const send = await world.floe.campaigns.start(await createCampaign(world, audience.tenantId));
    await until("everything was sent", async () => messagesTo(world, "user2@relayed.example").length === 1);
    expect(tokens.readRecipientToken(markOf("user0@relayed.example"))?.sendId).toBe(send.sendId);
    await until(
      "the send is done",
      async () => (await world.floe.campaigns.status(send)).status === "completed",
    );
    await tellUnknown("user1@relayed.example");
    expect(await world.floe.suppressions.list({ tenantId: audience.tenantId })).toMatchObject([
      { value: "user1@relayed.example", reason: "bounced" },
    ]);
    expect(await world.floe.bounces.list({ tenantId: audience.tenantId, source: "mailgun" })).toHaveLength(1);
    expect(await world.floe.bounces.list({ tenantId: audience.tenantId, source: "smtp" })).toEqual([]);
  });

  it("names each address of a single email, though all get the same message", async () => {
    const shop = await createShop(world);
    await viaMailgun(shop);
    const sent = await world.floe.emails.send(
      shop.request("ann@single.example", { cc: ["bob@single.example"] }),
    );
    await world.floe.emails.wait(sent);
    expect(markOf("ann@single.example")).not.toBe(markOf("bob@single.example"));
    await tellUnknown("bob@single.example");
    expect(await world.floe.suppressions.list({ tenantId: shop.tenantId })).toMatchObject([
      { value: "bob@single.example", reason: "bounced" },
    ]);
  });
});
