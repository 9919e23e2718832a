import { QuoteType, Tokenizer } from "htmlparser2";

/** The value of an `href` of an `<a>`, where it stands in the source. */
export interface Href {
  /** Offsets of the value without its quotes. */
  start: number;
  end: number;
  /** Entities decoded, Handlebars holes as written. */
  url: string;
  /** Whether a Handlebars hole is in it. */
  hasHoles: boolean;
}

export interface HtmlScan {
  hrefs: Href[];
  /** Where the preheader goes: behind `<body …>`, else at the beginning of what is shown. */
  bodyStart: number;
  /** Where the open pixel goes: before `</body>`, else at the end. */
  bodyEnd: number;
}

const hole = /\{\{\{[\s\S]*?\}\}\}|\{\{!--[\s\S]*?--\}\}|\{\{[\s\S]*?\}\}/g;

/**
 * Finds links and the ends of the body in an html template, by the HTML standard's own tokenizer (comments, scripts and
 * styles are not searched). Holes are blanked first, offsets kept: what stands in them is not html.
 */
export function scanHtml(html: string): HtmlScan {
  const blanked = html.replace(hole, (text: string, at: number) =>
    (html[at - 1] === "=" ? "\uE000" : " ").repeat(text.length),
  );
  const hrefs: Href[] = [];
  let tag = "";
  let attribute = "";
  let value: { start: number; end: number; text: string } | null = null;
  let bodyStart = 0;
  let bodyEnd = html.length;
  const nameAt = (start: number, end: number) => blanked.slice(start, end).toLowerCase();
  const finishTag = (end: number) => {
    // The last of these that opens: mail often has no <body>, and some has no <html>.
    if (tag === "body" || (tag === "html" && bodyStart === 0)) bodyStart = end + 1;
  };
  const tokenizer = new Tokenizer(
    { decodeEntities: true, xmlMode: false },
    {
      onopentagname: (start, end) => (tag = nameAt(start, end)),
      onopentagend: finishTag,
      onselfclosingtag: finishTag,
      onattribname(start, end) {
        attribute = nameAt(start, end);
        value = null;
      },
      onattribdata(start, end) {
        value ??= { start, end, text: "" };
        value.end = end;
        value.text += html.slice(start, end);
      },
      onattribentity(codepoint) {
        if (value) value.text += String.fromCodePoint(codepoint);
        // A value that begins with an entity gives no offset; no URL does.
        else attribute = "";
      },
      onattribend(quote, next) {
        if (tag !== "a" || attribute !== "href" || !value) return;
        const end = quote === QuoteType.Unquoted ? next : next - 1;
        const source = html.slice(value.start, end);
        hrefs.push({ start: value.start, end, url: value.text.trim(), hasHoles: source.includes("{{") });
      },
      onclosetag(start, end) {
        const name = nameAt(start, end);
        if (name === "head") bodyStart = Math.max(bodyStart, blanked.indexOf(">", end) + 1);
        if (name === "body") bodyEnd = start - 2;
        if (name === "html" && bodyEnd === html.length) bodyEnd = start - 2;
      },
      ondeclaration: (_start, end) => (bodyStart = Math.max(bodyStart, end + 1)),
      oncdata: () => undefined,
      oncomment: () => undefined,
      onend: () => undefined,
      onprocessinginstruction: () => undefined,
      ontext: () => undefined,
      ontextentity: () => undefined,
    },
  );
  tokenizer.write(blanked);
  tokenizer.end();
  return { hrefs, bodyStart, bodyEnd };
}

/** A link that a recipient can follow and that can be counted. */
export function isTrackable(href: Href): boolean {
  if (/\{\{\{?\s*unsubscribe_url\s*\}/.test(href.url)) return false;
  return /^https?:\/\//i.test(href.url) || (href.hasHoles && href.url.startsWith("{{"));
}

/** The holes of a source, replaced by what `replace` makes of them; the rest untouched. */
export function mapHoles(
  source: string,
  map: { hole(text: string): string; rest(text: string): string },
): string {
  let result = "";
  let at = 0;
  for (const match of source.matchAll(hole)) {
    result += map.rest(source.slice(at, match.index)) + map.hole(match[0]);
    at = match.index + match[0].length;
  }
  return result + map.rest(source.slice(at));
}
