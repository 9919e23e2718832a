import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { InvalidInput, NotFound } from "../../domain/errors.js";
import { startWorld, type World } from "../support/world.js";
import { bodyOf, createShop, headersOf, messagesTo, ownContent } from "./fixture.js";

let world: World;
let shop: Awaited<ReturnType<typeof createShop>>;

beforeAll(async () => {
  world = await startWorld();
  shop = await createShop(world);
});

const attachment = (over: object) => ({ attachments: [{ filename: "a.txt", content: "aGk=", ...over }] });

/** What is wrong, the field that is named, and what is said of it. */
const mistakes: [wrong: Record<string, unknown>, field: string, problem: RegExp][] = [
  [{ tenantId: "No Tenant" }, "tenantId", /lower-case/],
  [{ recipient: "nobody" }, "recipient", /has no @/],
  [{ recipient: "a@b.example\r\nBcc: c@d.example" }, "recipient", /control character/],
  [{ recipient: undefined }, "recipient", /is missing/],
  [{ template: undefined }, "template", /give a template, or a subject/],
  [{ subject: "Hello" }, "template", /cannot be combined/],
  [{ template: undefined, html: "<p>Hello</p>" }, "subject", /is missing/],
  [ownContent({ html: undefined }), "html", /one of them is needed/],
  [ownContent({ html: "{{#if}}" }), "html", /line 1/],
  [ownContent({ subject: "{{oops" }), "subject", /line 1/],
  [ownContent({ subject: "Hello\r\nBcc: c@d.example" }), "subject", /line break/],
  [ownContent({ text: "a\u0000b" }), "text", /NUL/],
  [ownContent({ html: `<p>${"x".repeat(600_000)}</p>` }), "html", /larger than 512 kB/],
  [{ variables: { a: "\ud800" } }, "variables.a", /half a character/],
  [{ variables: { deep: [{ a: "\u0000" }] } }, "variables.deep", /NUL/],
  [{ variables: { a: "x".repeat(300_000) } }, "variables", /larger than 256 kB/],
  [{ variables: "name" }, "variables", /expected record/i],
  [{ campaignId: "spring" }, "campaignId", /UUID/],
  [{ fromEmail: undefined }, "fromEmail", /or a campaign whose sender is taken/],
  [{ fromEmail: "shop" }, "fromEmail", /has no @/],
  [{ fromName: "Shop\r\nBcc: c@d.example" }, "fromName", /line break/],
  [{ cc: ["b@c.example", "b"] }, "cc.1", /has no @/],
  [{ cc: "b@c.example", bcc: ["B@c.example"] }, "bcc.0", /gets this email already/],
  [{ bcc: Array.from({ length: 51 }, (_, n) => `b${n}@c.example`) }, "cc", /more than 50 addresses/],
  [{ replyTo: "help" }, "replyTo", /has no @/],
  [{ headers: { Bcc: "c@d.example" } }, "headers.Bcc", /written by Floe itself/],
  [{ headers: { "X-A": "1\r\nBcc: c@d.example" } }, "headers.X-A", /line break/],
  [{ headers: { "X A": "1" } }, "headers.X A", /not a header name/],
  [{ lane: "fast" }, "lane", /is not a lane/],
  [{ sendAt: "tomorrow" }, "sendAt", /ISO date/],
  [{ sendAt: new Date(Date.now() + 400 * 24 * 3_600_000) }, "sendAt", /more than a year/],
  [{ idempotencyKey: "" }, "idempotencyKey", /is empty/],
  [{ idempotencyKey: "k".repeat(256) }, "idempotencyKey", /longer than 255/],
  [{ track: { open: true } }, "open", /is not known/],
  [{ speed: 5 }, "speed", /is not known/],
  [attachment({ content: "not base64!" }), "attachments.0.content", /octets or base64|is not base64/],
  [attachment({ filename: "../a.txt" }), "attachments.0.filename", /slash/],
  [attachment({ filename: "a\r\nX: y" }), "attachments.0.filename", /line break/],
  [attachment({ contentType: "text/plain\r\nX: y" }), "attachments.0.contentType", /is not a type/],
  [attachment({ contentId: "<a>" }), "attachments.0.contentId", /letters/],
  [attachment({ content: Buffer.alloc(10 * 1024 * 1024 + 1) }), "attachments", /larger than 10 MB/],
  [
    { attachments: Array.from({ length: 21 }, (_, n) => ({ filename: `${n}.txt`, content: "aGk=" })) },
    "attachments",
    /more than 20/,
  ],
];

describe("a wrong request", () => {
  it("is refused with each field and what is wrong with it, and leaves nothing", async () => {
    const { floe } = world;
    for (const [wrong, field, problem] of mistakes) {
      const request = { ...shop.request("ann@wrong.example"), ...wrong };
      const refusal = await floe.emails.send(request).catch((error: unknown) => error);
      const hint = `${field} ${JSON.stringify(wrong).slice(0, 100)}`;
      expect(refusal, hint).toBeInstanceOf(InvalidInput);
      const found = (refusal as InvalidInput).problems.find((one) => one.field === field);
      expect(found?.problem, `${hint}: ${(refusal as InvalidInput).message}`).toMatch(problem);
    }
    expect(await floe.emails.list({ tenantId: shop.tenantId })).toEqual([]);
  });

  it("names all mistakes at once", async () => {
    const request = { ...shop.request("nobody"), fromEmail: "shop", cc: ["x"] };
    const refusal = await world.floe.emails.send(request).catch((error: unknown) => error);
    const fields = (refusal as InvalidInput).problems.map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(["recipient", "fromEmail", "cc.0"]));
  });

  it("of an unknown tenant, template or campaign is not found, and its neighbours are sent", async () => {
    const { floe } = world;
    const request = shop.request("ann@unknown.example");
    const [tenant, template, campaign, good] = await Promise.allSettled([
      floe.emails.send({ ...request, tenantId: "nobody" }),
      floe.emails.send({ ...request, template: "no such" }),
      floe.emails.send({ ...request, campaignId: "0198c5d2-0000-7000-8000-000000000000" }),
      floe.emails.send(request),
    ]);
    for (const [answer, what] of [
      [tenant, "tenant"],
      [template, "template"],
      [campaign, "campaign"],
    ] as const) {
      expect(answer.status, what).toBe("rejected");
      if (answer.status !== "rejected") continue;
      expect(answer.reason, what).toBeInstanceOf(NotFound);
      expect((answer.reason as NotFound).message).toContain(`no ${what}`);
    }
    expect(good.status).toBe("fulfilled");
    if (good.status === "fulfilled")
      expect(await floe.emails.wait(good.value)).toMatchObject({ status: "sent" });
  });
});

describe("whatever a request says", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc
      .tuple(
        fc.string({ maxLength: 10 }),
        fc.constantFrom("\r\n", "\n", "\r", "\u2028", "\u0085", "\r\n\r\n"),
      )
      .map(([text, end]) => `${text}${end}Bcc: victim@inject.example${end}X-Injected: yes`),
  );

  it("no field of it becomes another header or another recipient", async () => {
    const { floe } = world;
    let sent = 0;
    let nth = 0;
    await fc.assert(
      fc.asyncProperty(hostile, hostile, hostile, async (line, name, value) => {
        const recipient = `ann${(nth += 1)}@inject.example`;
        const request = shop.request(recipient, {
          ...ownContent({ subject: "Re: {{line}}", html: "<p>{{line}}</p>" }),
          variables: { line, name },
          fromName: name,
          headers: { "X-Own": value },
          attachments: [{ filename: value, content: "aGk=" }],
        });
        let email;
        try {
          email = await floe.emails.wait(await floe.emails.send(request));
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInput);
          // The variables alone, which may hold any text, and reach the subject and the To field.
          const safe = shop.request(recipient, {
            ...ownContent({ subject: "Re: {{line}}" }),
            variables: {
              line: harmless(line),
              name: harmless(name),
            },
          });
          email = await floe.emails.wait(await floe.emails.send(safe));
        }
        expect(email.status).toBe("sent");
        sent += 1;
        const [message] = messagesTo(world, recipient);
        expect(message?.to).toEqual([recipient]);
        const names = headersOf(message).map(([field]) => field);
        expect(names).not.toContain("x-injected");
        expect(names).not.toContain("bcc");
        expect(new Set(names).size, bodyOf(message).slice(0, 500)).toBe(names.length);
      }),
      { numRuns: 60 },
    );
    expect(sent).toBe(60);
    expect(messagesTo(world, "victim@inject.example")).toHaveLength(0);
  });
});

/** Without what no text may hold, which is refused. */
function harmless(text: string): string {
  return text.replaceAll(/[\0\ud800-\udfff]/gu, "");
}
