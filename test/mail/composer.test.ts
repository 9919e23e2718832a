import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SendContext } from "../../activities/delivery-ports.js";
import { compose, composeOne, composerWith, publicUrl, tokens } from "../support/composing.js";
import { recipient, sendContext } from "../support/mail-factory.js";

describe("a composed message", () => {
  it("carries both parts, the sender, and what mailbox providers ask of bulk mail", async () => {
    const send = sendContext(
      { subject: "Hello {{first_name}}", html: "<body><p>Dear {{first_name}} {{sign}}</p></body>" },
      {
        fromName: "Floe & Söhne",
        replyTo: "office@floe.test",
        headers: { "X-Shop": "42" },
        trackOpens: false,
      },
    );
    const { mail, headers } = await compose(
      send,
      recipient({ first_name: "Zoë", name: "Zoë, the Great", sign: "<&>" }),
    );
    const token = tokens.recipientToken(send.sendId, "42");
    expect(mail.from).toEqual({ name: "Floe & Söhne", address: "news@floe.test" });
    expect(mail.to).toEqual([{ name: "Zoë, the Great", address: "ada@lovelace.test" }]);
    expect(mail.replyTo).toEqual([{ name: "", address: "office@floe.test" }]);
    expect(mail.subject).toBe("Hello Zoë");
    expect(mail.messageId).toMatch(new RegExp(`^<${send.sendId}\\.42\\.[0-9a-f]{20}@floe\\.test>$`));
    expect(mail.html?.trim()).toBe("<body><p>Dear Zoë &lt;&amp;&gt;</p></body>");
    expect(mail.text?.trim()).toBe("Dear Zoë <&>");
    expect(headers("list-unsubscribe")).toEqual([`<${publicUrl}/u/${token}>`]);
    expect(headers("list-unsubscribe-post")).toEqual(["List-Unsubscribe=One-Click"]);
    expect(headers("feedback-id")).toEqual([`${send.campaignId}:demo:campaign-standard:floe`]);
    expect(headers("x-shop")).toEqual(["42"]);
    expect(headers("precedence")).toEqual([]);
    expect(Math.abs(Date.parse(mail.date ?? "") - Date.now())).toBeLessThan(60_000);
  });

  it("has the same Message-ID when it is composed again", async () => {
    const send = sendContext();
    const [first, second] = [await compose(send), await compose(send)];
    expect(second.mail.messageId).toBe(first.mail.messageId);
  });

  it("is 7-bit with lines of at most 998 characters, each ended by CRLF", async () => {
    const html = `<p>${"ü".repeat(3_000)}${"x".repeat(5_000)}</p>\n.\n..\rlone`;
    const { source, mail } = await compose(
      sendContext(
        { html, subject: "é".repeat(900) },
        { trackOpens: false, headers: { "X-Long": "word ".repeat(150) } },
      ),
    );
    // eslint-disable-next-line no-control-regex -- exactly the octets that a 7-bit message may have
    expect(source).toMatch(/^[\x09\x0a\x0d\x20-\x7e]*$/);
    expect(source.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(Math.max(...source.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(998);
    expect(mail.html?.trim()).toBe(html.replaceAll(/\r|\n/g, "\n"));
    expect(mail.subject).toBe("é".repeat(900));
  });

  it("uses A-labels for an international From domain", async () => {
    const { mail, source } = await compose(sendContext({}, { fromEmail: "news@müller.test" }));
    expect(mail.messageId).toMatch(/@xn--mller-kva\.test>$/);
    expect(source).toContain("news@xn--mller-kva.test");
  });
});

describe("tracking", () => {
  const html = `<html><head><title>x</title></head><body class="b">
    <a href="https://shop.test/a?x=1&amp;y=2">a</a> <a href='https://shop.test/b'>b</a>
    <a href="https://shop.test/{{product}}?q={{default first_name "you"}}">c</a> <a href="{{anywhere}}">d</a>
    <a href="mailto:x@y.test">m</a> <a href="#top">t</a> <a href="{{unsubscribe_url}}">u</a>
    {{#each items as |item|}}<a href="https://shop.test/i/{{item.id}}">{{item.id}}</a>{{/each}}
    <!-- <a href="https://comment.test">no</a> --></body></html>`;
  const variables = {
    product: "t shirt",
    anywhere: "https://else.test/?a=b&c='d'",
    items: [{ id: 1 }, { id: 2 }],
  };

  it("counts fixed links by their place and signs links with holes", async () => {
    const send = sendContext({ html, preheader: "Only for {{first_name}} & <you>" });
    expect(send.template.links).toEqual(["https://shop.test/a?x=1&y=2", "https://shop.test/b"]);
    const { mail } = await compose(send, recipient(variables));
    const token = tokens.recipientToken(send.sendId, "42");
    const hrefs = hrefsOf(mail.html);
    const click = `${publicUrl}/c/${token}`;
    expect(hrefs.slice(0, 2)).toEqual([`${click}/0`, `${click}/1`]);
    const signed = [hrefs[2], hrefs[3], hrefs[7], hrefs[8]].map((href) => new URL(href ?? ""));
    expect(signed.map((url) => url.searchParams.get("u"))).toEqual([
      "https://shop.test/t shirt?q=Ada",
      "https://else.test/?a=b&c='d'",
      "https://shop.test/i/1",
      "https://shop.test/i/2",
    ]);
    for (const url of signed) {
      expect(url.href.startsWith(click)).toBe(true);
      expect(
        tokens.verifyUrlMac(token, url.searchParams.get("u") ?? "", url.searchParams.get("s") ?? ""),
      ).toBe(true);
    }
    expect(hrefs.slice(4, 7)).toEqual(["mailto:x@y.test", "#top", `${publicUrl}/u/${token}`]);
    expect(mail.html).toContain(`<body class="b"><div style="display:none`);
    expect(mail.html).toContain("Only for Ada &amp; &lt;you&gt;</div>");
    expect(mail.html).toMatch(new RegExp(`<img src="${publicUrl}/o/${token}.gif"[^>]*></body>`));
    expect(mail.html).toContain('<!-- <a href="https://comment.test">no</a> -->');
    expect(mail.text).toContain("https://shop.test/b");
  });

  it("is left out when the send does without it", async () => {
    const send = sendContext({ html }, { trackOpens: false, trackClicks: false });
    const { mail } = await compose(send, recipient(variables));
    expect(hrefsOf(mail.html)[1]).toBe("https://shop.test/b");
    expect(mail.html).not.toContain("/o/");
    expect(mail.html).not.toContain("/c/");
  });

  it("leaves what came out of a hole alone when it is no web address", async () => {
    const { mail } = await compose(
      sendContext({ html: '<a href="{{anywhere}}">x</a>' }),
      recipient({ anywhere: "tel:123" }),
    );
    expect(hrefsOf(mail.html)).toEqual(["tel:123"]);
  });

  it("finds the ends of html that has no body", async () => {
    const { mail } = await compose(sendContext({ html: "<p>Hi</p>", preheader: "Psst" }));
    expect(mail.html).toMatch(/^<div [^>]*>Psst<\/div><p>Hi<\/p><img [^>]*>\s*$/);
  });
});

describe("missing variables", () => {
  const template = { html: '<p>{{city}} {{default nick "friend"}} {{#if vip}}{{vip}}{{/if}}</p>' };

  it("are empty, or refuse the recipient with the variable's name, as the send says", async () => {
    const { mail } = await compose(sendContext(template, { trackOpens: false }));
    expect(mail.html?.trim()).toBe("<p> friend </p>");
    const refused = await composeOne(
      composerWith(),
      sendContext(template, { onMissingVariable: "refuse" }),
      recipient(),
    );
    expect(refused).toEqual({ kind: "skipped", reason: "missing-variable", detail: "city" });
    const given = sendContext(template, { onMissingVariable: "refuse", trackOpens: false });
    expect((await compose(given, recipient({ city: "Rome" }))).mail.html?.trim()).toBe("<p>Rome friend </p>");
  });

  it("cannot be filled from a prototype", async () => {
    const send = sendContext(
      { html: "<p>[{{constructor.name}}{{__proto__}}{{toString}}{{first_name.length}}]</p>" },
      { trackOpens: false },
    );
    expect((await compose(send)).mail.html?.trim()).toBe("<p>[3]</p>");
  });
});

describe("limits", () => {
  it("skip a recipient whose variables make loops explode", async () => {
    const many = Array.from({ length: 2_000 }, () => 1);
    const loops = sendContext({
      html: "{{#each a}}{{#each ../a}}{{#each ../../a}}x{{/each}}{{/each}}{{/each}}",
    });
    const large = sendContext({ html: "{{#each a}}{{../b}}{{/each}}" });
    for (const send of [loops, large]) {
      const composed = await composeOne(composerWith(), send, recipient({ a: many, b: "x".repeat(10_000) }));
      expect(composed).toMatchObject({ kind: "skipped", reason: "invalid-message" });
    }
  });

  it("skip every recipient of a send whose sender fields are not valid", async () => {
    const changes: Partial<SendContext>[] = [
      { fromEmail: "nobody" },
      { fromName: "A\r\nBcc: x@y.test" },
      { replyTo: "a@b.test\nX: y" },
      { headers: { "X-A": "b\r\nBcc: x@y.test" } },
      { headers: { "X A": "b" } },
      { headers: { bcc: "x@y.test" } },
    ];
    for (const change of changes) {
      const composed = await composeOne(composerWith(), sendContext({}, change), recipient());
      expect(composed).toMatchObject({ kind: "skipped", reason: "invalid-message" });
    }
  });
});

describe("header injection", () => {
  it("does not happen, whatever the variables hold", async () => {
    const send = sendContext({ subject: "{{first_name}} {{{x}}}", html: "<p>{{x}}</p>" });
    const composer = composerWith();
    const nasty = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "\r\nBcc: a@b.test",
        "\nX-Evil: 1\n\n",
        "\r\n\r\n<html>",
        "=?utf-8?Q?a=0D=0AEvil:_1?=",
        '" <x@y.test>, "',
      ),
    );
    const plain = await compose(send, recipient({ name: "x" }), composer);
    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, async (first_name, x, name) => {
        const { mail } = await compose(send, recipient({ first_name, x, name }), composer);
        expect(mail.headers.map((header) => header.key)).toEqual(
          plain.mail.headers.map((header) => header.key),
        );
        expect(mail.to?.map((to) => to.address)).toEqual(["ada@lovelace.test"]);
      }),
      { numRuns: 100 },
    );
  });
});

function hrefsOf(html: string | undefined): string[] {
  const shown = (html ?? "").replaceAll(/<!--[\s\S]*?-->/g, "");
  return [...shown.matchAll(/<a href=["']([^"']*)["']/g)].map((match) =>
    (match[1] ?? "").replaceAll("&amp;", "&").replaceAll("&#x3D;", "=").replaceAll("&#x27;", "'"),
  );
}
