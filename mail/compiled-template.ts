import type { SendContext } from "../activities/delivery-ports.js";
import { isTrackable, mapHoles, scanHtml, type Href } from "./html-scan.js";
import type { LinkWriter } from "./rendering.js";
import { compileSafely, trackingHelpers } from "./safe-handlebars.js";

export interface RenderedMessage {
  subject: string;
  html: string;
  text: string;
}

/** What differs from recipient to recipient. */
export interface RenderInput {
  /** With `unsubscribe_url`. */
  variables: Record<string, unknown>;
  links: LinkWriter;
}

export interface CompiledTemplate {
  /** @throws MissingVariable, RenderFailed, or Handlebars' own error for variables of the wrong form. */
  render(input: RenderInput, refuseMissing: boolean): RenderedMessage;
}

export type Tracked = Pick<SendContext, "template" | "trackOpens" | "trackClicks">;

/** Compiles a template version once for all recipients: tracking is built into the source, not into each message. */
export function compileTemplate(send: Tracked): CompiledTemplate {
  const subject = compileSafely(send.template.subject, { escape: false });
  const html = compileSafely(trackedHtml(send), { escape: true });
  const text = compileSafely(send.template.text, { escape: false });
  return {
    render({ variables, links }, refuseMissing) {
      const options = { refuseMissing, links };
      return {
        subject: subject(variables, options),
        html: html(variables, options),
        text: text(variables, options),
      };
    },
  };
}

/** The html with counted links, preheader and open pixel. */
export function trackedHtml({ template, trackOpens, trackClicks }: Tracked): string {
  const { html } = template;
  const scan = scanHtml(html);
  const insertions = [
    ...(template.preheader === null
      ? []
      : [{ start: scan.bodyStart, end: scan.bodyStart, text: preheader(template.preheader) }]),
    ...(trackClicks ? trackedHrefs(scan.hrefs, template.links) : []),
    ...(trackOpens ? [{ start: scan.bodyEnd, end: scan.bodyEnd, text: pixel }] : []),
  ];
  let result = "";
  let at = 0;
  for (const { start, end, text } of insertions.sort((a, b) => a.start - b.start)) {
    result += html.slice(at, start) + text;
    at = end;
  }
  return result + html.slice(at);
}

const pixel = `<img src="{{{${trackingHelpers.open}}}}" width="1" height="1" alt="" style="display:block;width:1px;height:1px;border:0">`;

/** Hidden from the body; mail programs still show it behind the subject. */
function preheader(source: string): string {
  const escaped = mapHoles(source, { hole: (text) => text, rest: escapeText });
  return `<div style="display:none;max-height:0;overflow:hidden;opacity:0;mso-hide:all">${escaped}</div>`;
}

/** Fixed links by their place in the stored list; links with holes carry their target and its signature. */
function trackedHrefs(hrefs: Href[], links: readonly string[]) {
  let place = 0;
  return hrefs.filter(isTrackable).map((href) => {
    const known = !href.hasHoles && links[place] === href.url;
    const text = known ? `{{{${trackingHelpers.click} ${place}}}}` : signed(href.url);
    if (known) place += 1;
    return { start: href.start, end: href.end, text };
  });
}

function signed(url: string): string {
  const inner = mapHoles(url, { hole: (text) => text, rest: escapeText });
  return `{{#${trackingHelpers.signed}}}${inner}{{/${trackingHelpers.signed}}}`;
}

function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
