import { createReturnPaths } from "../../mail/return-path.js";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import PostalMime from "postal-mime";
import { beforeAll, describe, expect, it } from "vitest";
import { emailsWorkflowId } from "../../domain/ids.js";
import { createTemporalClient } from "../support/temporal-client.js";
import { startWorld, type World } from "../support/world.js";
import { bodyOf, createShop, headerOf, messagesTo, ownContent } from "./fixture.js";

let world: World;
let shop: Awaited<ReturnType<typeof createShop>>;

beforeAll(async () => {
  world = await startWorld();
  shop = await createShop(world);
});

describe("a single email", () => {
  it("of a template is rendered with its variables, sent once and accounted for", async () => {
    const { floe } = world;
    const sent = await floe.emails.send(shop.request("Ann@One.example", { fromName: "Shop" }));
    expect(sent).toMatchObject({ tenantId: shop.tenantId, created: true });
    expect(await floe.emails.wait(sent)).toMatchObject({
      status: "sent",
      lane: "priority-high",
      recipients: [
        { kind: "to", email: "ann@one.example", status: "sent", attempts: 1, possibleDuplicate: false },
      ],
    });
    const messages = messagesTo(world, "ann@one.example");
    expect(messages).toHaveLength(1);
    expect(headerOf(messages[0], "subject")).toBe("Hello Ann");
    expect(headerOf(messages[0], "from")).toBe("Shop <shop@example.com>");
    expect(headerOf(messages[0], "message-id")).toMatch(
      new RegExp(`^<${sent.emailId}\\.[0-9a-f]{20}@example\\.com>$`),
    );
    expect(createReturnPaths(world.config.secret).read(messages[0]?.from ?? "")?.recipient).toEqual({
      sendId: sent.emailId,
      contactId: "0",
    });
  });

  it("carries its own content, attachments, inline images, copies and headers", async () => {
    const { floe } = world;
    const image = Buffer.from("iVBORw0KGgo=", "base64");
    const sent = await floe.emails.send(
      shop.request("ann@full.example", {
        ...ownContent({
          subject: "Receipt {{number}} – grüße",
          html: '<p>Thank you, {{name}}.</p><img src="cid:logo">',
        }),
        variables: { number: 7, name: "Ann Ö." },
        cc: ["carl@full.example"],
        bcc: "bea@full.example",
        replyTo: "help@example.com",
        headers: { "X-Order": "7", "In-Reply-To": "<1@example.com>" },
        attachments: [
          { filename: "räume.txt", content: Buffer.from("one\ntwo\n"), contentType: "text/plain" },
          { filename: "logo.png", content: image.toString("base64"), contentId: "logo" },
        ],
      }),
    );
    const email = await floe.emails.wait(sent);
    expect(email.recipients.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      "to sent",
      "cc sent",
      "bcc sent",
    ]);
    const copies = ["ann", "carl", "bea"].map((name) => messagesTo(world, `${name}@full.example`));
    expect(copies.map((messages) => messages.length)).toEqual([1, 1, 1]);
    // One message, octet for octet; each envelope is its own.
    expect(new Set(copies.map(([message]) => bodyOf(message))).size).toBe(1);
    const body = bodyOf(copies[0]?.[0]);
    expect(body).not.toContain("bea@full.example");
    expect(body).not.toMatch(/[^\r]\n/);

    const parsed = await PostalMime.parse(body, { attachmentEncoding: "utf8" });
    expect(parsed).toMatchObject({
      subject: "Receipt 7 – grüße",
      to: [{ name: "Ann Ö.", address: "ann@full.example" }],
      cc: [{ address: "carl@full.example" }],
      replyTo: [{ address: "help@example.com" }],
      inReplyTo: "<1@example.com>",
    });
    expect(parsed.html).toContain("Thank you, Ann Ö.");
    expect(parsed.text).toContain("Thank you, Ann Ö.");
    expect(
      parsed.attachments.map(({ filename, mimeType, disposition }) => [filename, mimeType, disposition]),
    ).toEqual(
      expect.arrayContaining([
        ["räume.txt", "text/plain", "attachment"],
        ["logo.png", "image/png", "inline"],
      ]),
    );
    expect(headerOf(copies[0]?.[0], "x-order")).toBe("7");
  });

  it("carries a large file, given as octets or as base64", async () => {
    const { floe } = world;
    const content = randomBytes(9 * 1024 * 1024);
    for (const [at, given] of [content, content.toString("base64")].entries()) {
      const address = `ann${at}@large.example`;
      const attachments = [{ filename: "large.bin", content: given }];
      const email = await floe.emails.wait(await floe.emails.send(shop.request(address, { attachments })));
      expect(email.status).toBe("sent");
      const parsed = await PostalMime.parse(bodyOf(messagesTo(world, address)[0]));
      const [file] = parsed.attachments;
      expect(Buffer.from(file?.content as ArrayBuffer).equals(content)).toBe(true);
    }
  });

  it("of text alone has no html part", async () => {
    const { floe } = world;
    const text = "Your code is {{code}}.\n.a line with a dot\n\n\n";
    const sent = await floe.emails.send(
      shop.request("ann@text.example", {
        ...ownContent({ html: undefined, text }),
        variables: { code: 4711 },
      }),
    );
    await floe.emails.wait(sent);
    const body = bodyOf(messagesTo(world, "ann@text.example")[0]);
    const parsed = await PostalMime.parse(body);
    expect(parsed.html).toBeUndefined();
    expect(parsed.text).toContain("Your code is 4711.\n.a line with a dot");
  });

  it("is signed with its domain's key, whatever it consists of", async () => {
    const { floe } = world;
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { dnsName, dnsValue } = await floe.dkimKeys.add({
      tenantId: shop.tenantId,
      domain: "signed.example",
      selector: "s1",
      privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    });
    const attachments = [{ filename: "a.bin", content: randomBytes(5_000) }];
    const contents = [
      { template: "hello", fromName: "Ein Geschäft mit einem sehr langen Namen ".repeat(3) },
      ownContent({ html: undefined, text: "trailing\n\n\n" }),
      ownContent({
        subject: "Long words ".repeat(20),
        attachments,
        headers: { "X-Long": "x y ".repeat(100) },
      }),
    ];
    for (const [at, content] of contents.entries()) {
      const address = `ann${at}@signed.example`;
      const request = shop.request(address, { fromEmail: "shop@signed.example", ...content });
      await floe.emails.wait(await floe.emails.send(request));
      const bytes = Buffer.from(bodyOf(messagesTo(world, address)[0]));
      const resolver = async (name: string) => [[name === dnsName ? dnsValue : ""]];
      const { results } = await dkimVerify(bytes, { resolver });
      expect(results.map(({ signingDomain, status }) => [signingDomain, status.result])).toEqual([
        ["signed.example", "pass"],
      ]);
    }
  });

  it("that lacks a variable is refused when it asks for that, and waits as a dead letter", async () => {
    const { floe } = world;
    const { tenantId } = shop;
    const sent = await floe.emails.send(
      shop.request("ann@missing.example", { variables: {}, onMissingVariable: "refuse" }),
    );
    const email = await floe.emails.wait(sent);
    expect(email).toMatchObject({
      status: "dead",
      recipients: [{ reason: "missing-variable: first_name", attempts: 0 }],
    });
    const letters = await floe.deadLetters.list({ tenantId });
    expect(letters).toMatchObject([{ emailId: sent.emailId, sendId: null, kind: "email.send" }]);
    expect(messagesTo(world, "ann@missing.example")).toHaveLength(0);
  });
});

describe("what is known of emails", () => {
  it("is listed newest first, in pages, by status, address and tenant", async () => {
    const { floe } = world;
    const other = await createShop(world);
    const { tenantId } = other;
    await floe.suppressions.add({ tenantId, address: "two@list.example" });
    const ids: string[] = [];
    for (const name of ["one", "two", "three"]) {
      const { emailId } = await floe.emails.send(other.request(`${name}@list.example`));
      await floe.emails.wait({ tenantId, emailId });
      ids.unshift(emailId);
    }
    const idsOf = async (query: object) =>
      (await floe.emails.list({ tenantId, ...query })).map(({ emailId }) => emailId);
    expect(await idsOf({})).toEqual(ids);
    expect(await idsOf({ limit: 2 })).toEqual(ids.slice(0, 2));
    expect(await idsOf({ limit: 2, before: ids[1] })).toEqual(ids.slice(2));
    expect(await idsOf({ status: "suppressed" })).toEqual([ids[1]]);
    expect(await idsOf({ recipient: "Three@list.example" })).toEqual([ids[0]]);
    const foreign = { tenantId: shop.tenantId, emailId: ids[0] ?? "" };
    await expect(floe.emails.status(foreign)).rejects.toThrow(/There is no email/);
    await expect(floe.emails.cancel(foreign)).rejects.toThrow(/There is no email/);
  });

  it("is counted by day and kind, once", async () => {
    const { floe, pool } = world;
    const { tenantId, request } = await createShop(world);
    await floe.suppressions.add({ tenantId, address: "two@count.example" });
    for (const name of ["one", "two", "three"])
      await floe.emails.wait(await floe.emails.send(request(`${name}@count.example`)));
    await expect
      .poll(async () => {
        const { rows } = await pool.query(
          "select kind, sum(count)::int as count from email_analytics where tenant_id = $1 group by 1 order by 1",
          [tenantId],
        );
        return rows as unknown;
      })
      .toEqual([
        { kind: "sent", count: 2 },
        { kind: "suppressed", count: 1 },
      ]);
  });

  it("shows in Temporal: every step of the workflow, and nothing that an email says", async () => {
    const { floe, config } = world;
    const sent = await floe.emails.send(
      shop.request("secret-person@web.example", { variables: { first_name: "Secret-name" } }),
    );
    const { groupId } = await floe.emails.wait(sent);
    expect(groupId).toBe(sent.emailId);
    const client = await createTemporalClient(config.temporal);
    const handle = client.workflow.getHandle(emailsWorkflowId(groupId));
    expect(await handle.result()).toMatchObject({ counts: { sent: 1 } });
    const history = JSON.stringify(await handle.fetchHistory());
    const decoded = history.replaceAll(/"data":"([\w+/=]+)"/g, (_, data: string) =>
      Buffer.from(data, "base64").toString(),
    );
    for (const step of [
      "renderEmails",
      "suppressRecipients",
      "selectProvider",
      "transmitEmails",
      "countEmails",
    ])
      expect(decoded).toContain(step);
    expect(decoded.toLowerCase()).not.toContain("secret");
    const { priority } = await handle.describe();
    expect(priority).toMatchObject({ priorityKey: 1, fairnessKey: shop.tenantId });
    const query = `TenantId = "${shop.tenantId}" and JobType = "email.send" and Lane = "priority-high"`;
    await expect.poll(async () => (await client.workflow.count(query)).count).toBeGreaterThan(0);
    await client.connection.close();
  });
});
