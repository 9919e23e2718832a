import fc from "fast-check";
import MailComposer from "nodemailer/lib/mail-composer";
import { describe, expect, it } from "vitest";
import type { Recipient, SendContext } from "../../activities/delivery-ports.js";
import { compileTemplate, type RenderedMessage } from "../../mail/compiled-template.js";
import { withoutControls } from "../../mail/headers.js";
import { createLinks } from "../../mail/tracking-links.js";
import { composeOne, composerWith, publicUrl, tokens } from "../support/composing.js";
import { recipient, sendContext } from "../support/mail-factory.js";
import { decodeWords, takeApart, type MimeParts } from "../support/mime-parts.js";

const boundary = "=_floe-part-Part_1";
/** What goes wrong at the edges of lines, parts and encodings. */
const edges = fc.constantFrom(
  ...["", " ", "\t", "\r", "\n", "\r\n", ".", "..", "\n.\n", "=", "=3D", "=\r\n", "-- ", "\u00a0", "\ufeff"],
  ...["é", "€", "😀", "אבג", "x".repeat(75), "x".repeat(200), "ü".repeat(40), "a b ", " \n", "\t\r\n"],
  ...["<b>&'\"`=</b>", `\r\n--${boundary}`, `\r\n--${boundary}--\r\n`, "\r\n\r\nBcc: a@b.test\r\n"],
);
const text = fc
  .array(fc.oneof(edges, fc.string({ unit: "grapheme", maxLength: 90 })), { maxLength: 5 })
  .map((list) => list.join(""));
/** Static text of an author: braces belong to holes, and a backslash before them escapes them. */
const authored = text.map((written) => written.replaceAll(/[{}\\]/g, ""));
const value = fc.oneof(
  text,
  fc.constantFrom(undefined, null, "", 0, 12.5, true, false),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const variables = fc.record({
  v: value,
  w: value,
  a: fc.record({ b: value, c: fc.record({ d: value }) }),
  list: fc.array(value, { maxLength: 3 }),
});

const name = fc.constantFrom(
  "v",
  "w",
  "a.b",
  "a.c.d",
  "missing",
  "a.missing.x",
  "list",
  "v.length",
  "this.w",
);
const hole = fc.oneof(
  name.map((path) => `{{${path}}}`),
  name.map((path) => `{{{${path}}}}`),
  name.map((path) => `{{&${path}}}`),
  name.map((path) => `{{~${path}~}}`),
  fc.constantFrom(
    '{{default v "friend"}}',
    "{{default missing w}}",
    "{{upper a.b}}",
    "{{lower (default v w)}}",
  ),
  fc.constantFrom('{{eq v ""}}', "{{! nobody reads this }}", "{{lookup a 'b'}}", "{{unsubscribe_url}}"),
);
const block = fc
  .tuple(authored, hole, authored, authored, name)
  .chain(([before, inner, after, otherwise, path]) =>
    fc.constantFrom(
      `{{#if ${path}}}${before}${inner}${after}{{/if}}`,
      `{{#if ${path}}}${before}{{else}}${inner}${otherwise}{{/if}}`,
      `{{#if (eq ${path} w)}}${inner}{{else if v}}${after}{{else}}${otherwise}{{/if}}`,
      `{{#unless ${path}}}${before}${inner}{{else}}${otherwise}{{/unless}}`,
      `\n{{#if ${path}}}\n${before}${inner}\n{{/if}}\n${after}`,
      `{{#each list}}${before}{{this}}{{../v}}${after}{{else}}${otherwise}{{/each}}`,
      `{{#with a}}${before}{{b}}{{../w}}{{/with}}`,
    ),
  );
const link = fc.constantFrom(
  '<a href="https://shop.test/fixed?a=1&amp;b=2">x</a>',
  '<a href="https://shop.test/{{v}}?w={{w}}">y</a>',
  '<a href="{{a.b}}">z</a>',
  '{{#if v}}<a href="https://shop.test/{{#if w}}{{w}}{{/if}}">c</a>{{/if}}',
);
const template = (...parts: fc.Arbitrary<string>[]) =>
  fc
    .array(fc.oneof(authored, hole, block, ...parts), { minLength: 1, maxLength: 8 })
    .map((list) => list.join(""));
const line = fc
  .array(fc.oneof(authored, hole), { minLength: 1, maxLength: 4 })
  .map((list) => `S${list.join("").replaceAll(/[\p{Cc}\u2028\u2029]/gu, " ")}`.slice(0, 300));

const templates = fc.record({
  subject: line,
  html: template(link).map((html) => `<p>${html}`),
  text: template(),
});

/** What the whole template renders to, by Handlebars alone. */
function render(send: SendContext, to: Recipient): RenderedMessage {
  const links = createLinks({ publicUrl, tokens }, { sendId: send.sendId, contactId: to.contactId });
  const input = { variables: { ...to.variables, unsubscribe_url: links.unsubscribe }, links };
  return compileTemplate(send).render(input, false);
}

/** What nodemailer composes of it. In a subject, what is no text counts as a space. */
async function composeByNodemailer(
  send: SendContext,
  to: Recipient,
  rendered: RenderedMessage,
): Promise<Buffer> {
  return new MailComposer({
    from: { name: send.fromName ?? "", address: send.fromEmail },
    to: to.email,
    ...rendered,
    subject: withoutControls(rendered.subject.trim()),
    newline: "windows",
  })
    .compile()
    .build();
}

function savedTemplate(template: { subject: string; html: string; text: string }): SendContext | null {
  try {
    return sendContext(template);
  } catch {
    // An author is told; no send has such a template.
    return null;
  }
}

describe("a message filled from its plan", () => {
  it("is, decoded, byte for byte what nodemailer composes of the rendered template", async () => {
    const composer = composerWith();
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(templates, variables, async (template, given) => {
        const send = savedTemplate(template);
        if (!send) return;
        const to = recipient(given);
        const composed = await composeOne(composer, send, to);
        if (composed.kind !== "composed") throw new Error(composed.detail);
        const ours = takeApart(composed.bytes);
        const rendered = render(send, to);
        if (rendered.text === "" || rendered.html === "") return;
        const reference = takeApart(await composeByNodemailer(send, to, rendered));
        expect(ours.parts).toEqual(reference.parts);
        expect(subjectOf(ours)).toBe(subjectOf(reference));
        compared += 1;
      }),
      { numRuns: 800 },
    );
    expect(compared).toBeGreaterThan(200);
  });

  it("has lines of at most 76 characters, none of which begins with a dot or ends in white space", async () => {
    const composer = composerWith();
    await fc.assert(
      fc.asyncProperty(templates, variables, async (template, given) => {
        const send = savedTemplate(template);
        if (!send) return;
        const composed = await composeOne(composer, send, recipient(given));
        if (composed.kind !== "composed") throw new Error(composed.detail);
        const body = composed.bytes.toString("latin1").split("\r\n\r\n").slice(1).join("\r\n\r\n");
        for (const bodyLine of body.split("\r\n")) {
          expect(bodyLine).toMatch(/^(?!\.)[\t\x20-\x7e]{0,76}$/);
          expect(bodyLine).not.toMatch(/[ \t\r\n]$/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Unfolded (RFC 5322, 2.2.3) and decoded. */
function subjectOf({ head }: MimeParts): string {
  const field = /^subject:(.*(?:\r\n[ \t].*)*)/im.exec(head)?.[1] ?? "";
  return decodeWords(field.replaceAll("\r\n", "").trim());
}
