/** What is sent: the same template, contacts and envelope for every engine. */
import { createHmac } from "node:crypto";
import Handlebars from "handlebars";

export interface BenchTemplate {
  subject: string;
  html: string;
  text: string;
}

export const sender = { name: "Bench", email: "news@bench.test" } as const;

/** One contact in a hundred is suppressed. */
export const suppressedEach = 100;

/** How many of `recipients` contacts get mail. */
export function deliverable(recipients: number): number {
  return recipients - Math.floor(recipients / suppressedEach);
}

export interface BenchContact {
  id: number;
  email: string;
  firstName: string;
  city: string;
  plan: string;
}

const domains = ["gmail.com", "gmail.com", "outlook.com", "yahoo.com", "bench.example", "shop.example"];
const cities = ["Lisbon", "Oslo", "Kyoto", "Quito", "Łódź", "Accra", "São Paulo"];
const plans = ["free", "team", "business"];

/** Contact `id`, counted from 1. Mail to it goes to no one: every engine sends to the sink alone. */
export function contact(id: number): BenchContact {
  return {
    id,
    email: `reader${id}@${pick(domains, id)}`,
    firstName: `Reader ${id}`,
    city: pick(cities, id),
    plan: pick(plans, id),
  };
}

export function isSuppressed(id: number): boolean {
  return id % suppressedEach === 0;
}

/** A newsletter of `htmlKb` kilobytes: six variables, five links, tables and inline styles as mail has them. */
export function benchTemplate(htmlKb: number): BenchTemplate {
  const head = `<!doctype html><html><head><meta charset="utf-8"><title>News</title></head><body style="margin:0">
<h1 style="font:24px sans-serif">Hello {{first_name}}</h1>
<p>What is new in {{city}} for readers on the {{plan}} plan:</p>`;
  const foot = `<p>You get this as {{email}}, {{first_name}}, because you read us in {{city}}.</p></body></html>`;
  const links = ["news", "offers", "events", "stories", "account"].map(
    (page) => `<p><a href="https://www.bench.test/${page}?ref=mail">See all ${page}</a></p>`,
  );
  const filler = `<table width="600" cellpadding="0"><tr><td style="font:14px/20px sans-serif;color:#333333">
A paragraph about something that happened this week, with enough words in it to look like one that
somebody wrote and somebody else may want to read.</td></tr></table>\n`;
  const bare = head.length + foot.length + links.join("\n").length;
  const paragraphs = Math.max(links.length, Math.round((htmlKb * 1024 - bare) / filler.length));
  const body = Array.from({ length: paragraphs }, (_, i) => {
    const every = Math.ceil(paragraphs / links.length);
    return i % every === 0 ? `${filler}${links[i / every] ?? ""}\n` : filler;
  });
  return {
    subject: "{{first_name}}, your week in {{city}}",
    html: `${head}\n${body.join("")}${foot}`,
    text: "Hello {{first_name}},\n\nwhat is new in {{city}} for readers on the {{plan}} plan:\nhttps://www.bench.test/news\n",
  };
}

export interface RenderedMessage {
  subject: string;
  html: string;
  text: string;
  headers: Record<string, string>;
}

/**
 * The engines that Floe is compared with render like this: Handlebars, compiled once, with an open pixel, tracked links
 * and the headers of a one-click unsubscribe. One signature a recipient: as cheap as it can be done.
 */
export function createRenderer(
  template: BenchTemplate,
  baseUrl: string,
): (recipient: string, variables: Record<string, unknown>) => RenderedMessage {
  let link = 0;
  const tracked = template.html
    .replaceAll(/href="https:[^"]+"/g, () => `href="{{{track}}}/click/${link++}"`)
    .replace("</body>", '<img src="{{{track}}}/open.gif" width="1" height="1" alt=""></body>');
  const options = { knownHelpersOnly: true };
  const subject = Handlebars.compile(template.subject, { ...options, noEscape: true });
  const html = Handlebars.compile(tracked, options);
  const text = Handlebars.compile(template.text, { ...options, noEscape: true });
  return (recipient, variables) => {
    const signature = createHmac("sha256", "bench").update(recipient).digest("base64url");
    const track = `${baseUrl}/t/${recipient}.${signature}`;
    const input = { ...variables, track };
    return {
      subject: subject(input),
      html: html(input),
      text: text(input),
      headers: {
        "List-Unsubscribe": `<${track}/unsubscribe>`,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      },
    };
  };
}

function pick(values: readonly string[], index: number): string {
  return values[index % values.length] as string;
}
