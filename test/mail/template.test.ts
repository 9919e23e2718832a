import { describe, expect, it } from "vitest";
import { InvalidInput } from "../../domain/errors.js";
import { compileTemplate } from "../../mail/compiled-template.js";
import { prepareTemplate, templateLimits, type TemplateInput } from "../../mail/template.js";

const good: TemplateInput = { subject: "Hello", html: "<p>Hello</p>" };

function problemsOf(change: Partial<TemplateInput>) {
  try {
    prepareTemplate({ ...good, ...change });
  } catch (error) {
    if (error instanceof InvalidInput) return error.problems;
    throw error;
  }
  return [];
}

describe("a template that cannot be saved", () => {
  const cases: [string, Partial<TemplateInput>, string, string | RegExp][] = [
    ["an empty subject", { subject: "  " }, "subject", "is empty"],
    ["a line break in the subject", { subject: "Hi\r\nBcc: x@y.test" }, "subject", /line break/],
    [
      "a subject that is too long",
      { subject: "x".repeat(1_001) },
      "subject",
      "is longer than 1000 characters",
    ],
    ["a line break in the preheader", { preheader: "a\nb" }, "preheader", /line break/],
    ["an empty html", { html: "\n " }, "html", "is empty"],
    [
      "an html that is too large",
      { html: "x".repeat(templateLimits.html + 1) },
      "html",
      "is larger than 512 kB",
    ],
    ["a NUL", { html: "<p>\0</p>" }, "html", "has a NUL character"],
    ["a block that is not closed", { html: "<p>\n{{#if a}}\n</p>" }, "html", /^line \d: cannot be read near/],
    [
      "a block closed by another name",
      { html: "a\n{{#if a}}{{/each}}" },
      "html",
      /^line 2: if doesn't match each/,
    ],
    ["braces that do not match", { subject: "Hi {{name}" }, "subject", /^line 1: cannot be read near/],
    [
      "a helper that is not there",
      { html: "\n\n{{money price}}" },
      "html",
      /^line 3: .*unknown helper money/,
    ],
    [
      "a helper that is not there, in a block",
      { text: "{{#if a}}{{money price}}{{/if}}" },
      "text",
      /unknown helper money/,
    ],
    ["log, which would write to the console", { html: "{{log 'x'}}" }, "html", /unknown helper log/],
    ["a partial", { html: "a\n{{> footer}}" }, "html", "line 2: partials ({{> …}}) cannot be used"],
    ["a partial block", { html: "{{#> layout}}{{/layout}}" }, "html", /partials/],
    ["an inline partial", { html: '{{#*inline "x"}}{{/inline}}' }, "html", /inline partials/],
    ["a decorator", { html: "{{* foo}}" }, "html", /decorators/],
    ["a name of our own", { html: "{{floe-click 1}}" }, "html", "line 1: the name floe-click cannot be used"],
    ["#each without a value", { html: "{{#each}}x{{/each}}" }, "html", /#each needs a value/],
  ];
  for (const [what, change, field, problem] of cases) {
    it(`is refused for ${what}, naming the field`, () => {
      const matching = typeof problem === "string" ? problem : (expect.stringMatching(problem) as string);
      expect(problemsOf(change)).toEqual([{ field, problem: matching }]);
    });
  }

  it("is refused with all its problems at once", () => {
    expect(
      problemsOf({ subject: "", html: "{{", preheader: "\t\n" }).map((problem) => problem.field),
    ).toEqual(["subject", "html"]);
  });
});

describe("a prepared template", () => {
  it("keeps subject, preheader and html as authored, and a text that is given", () => {
    const input = {
      subject: "Hi {{name}}",
      html: "<p>{{{raw}}}</p>",
      text: "T {{name}}",
      preheader: "P {{name}}",
    };
    expect(prepareTemplate(input)).toEqual({ ...input, links: [] });
  });

  it("makes the text from the html once, with its holes intact", () => {
    const html = `<style>p{}</style><h1>Dear {{first_name}}</h1>
      <p>Your code is <b>{{ default code "n o n e" }}</b> &amp; {{{raw}}}.{{!-- <b>note</b> --}}</p>
      {{#if vip}}<p>See <a href="https://x.test/{{id}}?a=1&amp;b=2">the shop</a></p>{{/if}}
      <ul>{{#each items}}<li>{{this}}</li>{{/each}}</ul><img src="x.png" alt="logo">`;
    const { text } = prepareTemplate({ subject: "s", html });
    const render = (variables: Record<string, unknown>) => renderText(html, variables);
    expect(text).toContain("Dear {{first_name}}");
    expect(text).toContain('Your code is {{ default code "n o n e" }} & {{{raw}}}.');
    expect(text).not.toContain("logo");
    expect(render({ first_name: "Ada", vip: true, id: 7, items: ["x & y"] })).toContain(
      "the shop [https://x.test/7?a=1&b=2]",
    );
    expect(render({ items: ["x & y"] })).toContain("x & y");
    expect(render({})).not.toContain("the shop");
  });

  it("asks for a text when none can be made", () => {
    expect(problemsOf({ html: "{{#if a}}<style>x{{/if}}</style><p>b</p>" })).toMatchObject([
      { field: "text" },
    ]);
  });

  it("lists the web links without holes in order, each time they appear", () => {
    const html = `<a href="https://a.test">1</a><A HREF='http://b.test/?x=1&amp;y=2'>2</A><a href="https://a.test">3</a>
      <a href="https://c.test/{{id}}">4</a><a href=https://d.test>5</a><a href="mailto:a@b.test">6</a><a name="x">7</a>
      <a href="#x">8</a><a href="{{unsubscribe_url}}">9</a><link href="https://e.test"><script>'<a href="https://f.test">'</script>
      <a {{#if x}}title="<a href='https://g.test'>"{{/if}} href="https://h.test">10</a>`;
    const links = [
      "https://a.test",
      "http://b.test/?x=1&y=2",
      "https://a.test",
      "https://d.test",
      "https://h.test",
    ];
    expect(prepareTemplate({ ...good, html }).links).toEqual(links);
  });
});

describe("rendering", () => {
  it("escapes in html only", () => {
    const source = "{{a}} {{{a}}}";
    const rendered = render({ subject: source, html: source, text: source }, { a: "<&\"'" });
    expect(rendered).toEqual({
      subject: "<&\"' <&\"'",
      html: "&lt;&amp;&quot;&#x27; <&\"'",
      text: "<&\"' <&\"'",
    });
  });

  it("knows each, with, if, unless, lookup, default, eq, upper and lower", () => {
    const html =
      '{{#each a}}{{@index}}{{this}}{{#unless @last}},{{/unless}}{{else}}none{{/each}}|{{#with o}}{{k}}{{../x}}{{/with}}|{{lookup o "k"}}' +
      '|{{default y "d"}}|{{#if (eq x "1")}}one{{else}}other{{/if}}|{{upper x2}}{{lower x3}}|{{#a}}<{{.}}>{{/a}}|{{n}}{{b}}{{o}}{{a}}';
    const variables = { a: ["p", "q"], o: { k: "K" }, x: "1", x2: "up", x3: "LOW", n: 0, b: false };
    expect(render({ html }, variables).html).toBe("0p,1q|K1|K|d|one|UPlow|<p><q>|0falsep, q");
  });

  it("keeps links in place when the stored list is another", () => {
    const template = {
      ...prepareTemplate({ ...good, html: '<a href="https://a.test">x</a>' }),
      links: ["https://other.test"],
    };
    expect(renderStored(template, {}).html).toBe('<a href="signed:https://a.test">x</a>');
  });
});

const links = {
  click: (index: number) => `click:${index}`,
  signed: (url: string) => `signed:${url}`,
  open: () => "open",
};

function renderStored(template: ReturnType<typeof prepareTemplate>, variables: Record<string, unknown>) {
  const send = { template: { templateVersionId: "v", ...template }, trackOpens: false, trackClicks: true };
  return compileTemplate(send).render({ variables, links }, false);
}

function render(input: Partial<TemplateInput>, variables: Record<string, unknown>) {
  return renderStored(prepareTemplate({ ...good, ...input }), variables);
}

function renderText(html: string, variables: Record<string, unknown>): string {
  return render({ html }, variables).text;
}
