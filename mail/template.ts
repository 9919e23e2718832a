import { compile as compileHtmlToText } from "html-to-text";
import { hasControlCharacter } from "../domain/email-address.js";
import { InvalidInput, type FieldProblem } from "../domain/errors.js";
import { isTrackable, mapHoles, scanHtml } from "./html-scan.js";
import { checkSource, compileSafely } from "./safe-handlebars.js";

export interface TemplateInput {
  subject: string;
  html: string;
  /** Made from the html when absent or blank. */
  text?: string | null;
  /** The line that mail programs show behind the subject. */
  preheader?: string | null;
}

/** What a template version stores; html, subject and preheader as authored. */
export interface PreparedTemplate {
  subject: string;
  preheader: string | null;
  html: string;
  text: string;
  /** Targets of the links without holes, in order of appearance: a tracked click names its place here. */
  links: string[];
}

/** Longest sources, in UTF-8 octets for html and text, in characters for the lines. Gmail cuts mail at about 102 kB. */
export const templateLimits = { html: 512 * 1024, text: 512 * 1024, subject: 1_000, preheader: 1_000 };

/**
 * Checks and completes a template before it is saved. Holes are Handlebars, with `if`, `unless`, `each`, `with`, `lookup`,
 * `default`, `eq`, `upper` and `lower`; `{{unsubscribe_url}}` is always there.
 * @throws InvalidInput naming each field, with the line of a mistake.
 */
export function prepareTemplate(input: TemplateInput): PreparedTemplate {
  if (input.html.trim() !== "") return prepareContent(input);
  const problem = { field: "html", problem: "is empty" };
  const others = contentProblems(input).filter(({ field }) => field !== "html");
  throw new InvalidInput([problem, ...others]);
}

/**
 * The same for the content of a single email, which may do without html.
 * @throws InvalidInput
 */
export function prepareContent(input: TemplateInput): PreparedTemplate {
  const problems = contentProblems(input);
  if (problems.length > 0) throw new InvalidInput(problems);
  const { html } = input;
  const text = input.text?.trim() ? input.text : textFromHtml(html);
  const links = scanHtml(html).hrefs.filter((href) => isTrackable(href) && !href.hasHoles);
  return { ...linesOf(input), html, text, links: links.map((href) => href.url) };
}

function linesOf(input: TemplateInput): { subject: string; preheader: string | null } {
  const preheader = input.preheader?.trim() ? input.preheader.trim() : null;
  return { subject: input.subject.trim(), preheader };
}

function contentProblems(input: TemplateInput): FieldProblem[] {
  const { subject, preheader } = linesOf(input);
  const isEmpty = input.html.trim() === "" && !input.text?.trim();
  return [
    ...lineProblems("subject", subject),
    ...(subject === "" ? [{ field: "subject", problem: "is empty" }] : []),
    ...lineProblems("preheader", preheader ?? ""),
    ...sourceProblems("html", input.html, templateLimits.html),
    ...(isEmpty ? [{ field: "html", problem: "is empty, and so is text: one of them is needed" }] : []),
    ...sourceProblems("text", input.text ?? "", templateLimits.text),
  ];
}
function lineProblems(field: "subject" | "preheader", value: string): FieldProblem[] {
  if (hasControlCharacter(value))
    return [{ field, problem: "has a line break or another control character" }];
  if (value.length > templateLimits[field])
    return [{ field, problem: `is longer than ${templateLimits[field]} characters` }];
  return compileProblems(field, value);
}

function sourceProblems(field: "html" | "text", value: string, limit: number): FieldProblem[] {
  if (Buffer.byteLength(value) > limit) return [{ field, problem: `is larger than ${limit / 1024} kB` }];
  if (value.includes("\0")) return [{ field, problem: "has a NUL character" }];
  return compileProblems(field, value);
}

/** Compiles and renders once with no variables: Handlebars finds unknown helpers no earlier. */
function compileProblems(field: string, source: string): FieldProblem[] {
  try {
    checkSource(source);
    compileSafely(source, { escape: true })({}, { refuseMissing: false, links: null });
    return [];
  } catch (error) {
    return [{ field, problem: problemOf(error) }];
  }
}

/** Handlebars' messages in one line: "Parse error on line 3: …excerpt… ---^ Expecting …" and "… - 3:5" (line:column). */
function problemOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const parse = /^Parse error on line (\d+):\n(.*)\n/.exec(message);
  if (parse) return `line ${parse[1]}: cannot be read near "${parse[2]}"`;
  const position = /^([\s\S]*) - (\d+):\d+$/.exec(message);
  return position ? `line ${position[2]}: ${position[1]}` : message.replaceAll(/\s+/g, " ");
}

const htmlToText = compileHtmlToText({
  wordwrap: false,
  selectors: [
    ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: "a", options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true } },
    { selector: "img", format: "skip" },
  ],
});

/**
 * The text of an html template, holes intact. Holes go through the conversion as one character each, so that nothing
 * reads, wraps or escapes them.
 */
function textFromHtml(html: string): string {
  const holes: string[] = [];
  const masked = mapHoles(html, {
    hole: (text) => `\uE000${holes.push(text) - 1}\uE001`,
    rest: (text) => text,
  });
  const text = htmlToText(masked).replace(
    /\uE000(\d+)\uE001/g,
    (_mask, index: string) => holes[Number(index)] ?? "",
  );
  const problems = compileProblems("text", text);
  if (problems.length === 0) return text;
  const hint =
    "cannot be made from this html, because a block begins or ends in a part that has no text; give a text";
  throw new InvalidInput([{ field: "text", problem: hint }]);
}
