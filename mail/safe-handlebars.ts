import Handlebars from "handlebars";
import {
  Rendering,
  RenderFailed,
  valueHelpers,
  checkOutput,
  type LinkWriter,
  type RenderOptions,
} from "./rendering.js";

export type Render = (variables: Record<string, unknown>, options: RenderOptions) => string;

/** Helpers of a rewritten html; authors cannot use the prefix. */
export const trackingHelpers = {
  click: "floe-click",
  signed: "floe-signed",
  open: "floe-open",
  value: "floe-value",
};

/**
 * Compiles one source with known helpers only: if, unless, each, with, lookup, default, eq, upper, lower. No partials, no
 * decorators, no access to prototypes. `escape`: whether values are escaped for html.
 * Errors of the source show at the first rendering, as Handlebars compiles lazily.
 */
export function compileSafely(source: string, options: { escape: boolean }): Render {
  const opened = openSource(source, options);
  const template = opened.compile(opened.statements);
  return (variables, renderOptions) => {
    opened.rendering.begin(renderOptions);
    const output = template(variables);
    checkOutput(output.length);
    return output;
  };
}

/** A source whose statements can be compiled apart; one rendering counts what all of them do. */
export interface OpenedSource {
  /** Of the top level, as Handlebars' whitespace rules leave them. */
  statements: hbs.AST.Statement[];
  rendering: Rendering;
  /** Each statement once. */
  compile(statements: hbs.AST.Statement[]): (variables: Record<string, unknown>) => string;
}

/** `compileSafely` for those who put the statements together themselves. */
export function openSource(source: string, options: { escape: boolean }): OpenedSource {
  const rendering = new Rendering();
  const environment = environmentOf(rendering);
  const ast = environment.parse(source);
  return {
    statements: ast.body,
    rendering,
    compile(statements) {
      const program = { ...ast, body: statements };
      new ValueRewriter().accept(program);
      const template = environment.compile(program, { noEscape: !options.escape, ...compileOptions });
      return (variables) => template(variables, runtimeOptions);
    },
  };
}

/** Parses an author's source and refuses what it may not use. @throws Error whose message names the line. */
export function checkSource(source: string): void {
  new Checker().accept(Handlebars.parse(source));
}

type CompileOptions = NonNullable<Parameters<typeof Handlebars.compile>[1]>;

const compileOptions: CompileOptions = {
  // Parsing has dealt with blocks that stand alone on their lines; here, apart from their neighbours, all would.
  ignoreStandalone: true,
  knownHelpersOnly: true,
  knownHelpers: Object.fromEntries([
    ...["default", "eq", "upper", "lower", ...Object.values(trackingHelpers)].map((name) => [name, true]),
    ["log", false],
  ]) as NonNullable<CompileOptions["knownHelpers"]>,
};
// Explicit, so that Handlebars does not print a warning for what it denies anyway.
const runtimeOptions = { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false };

function environmentOf(rendering: Rendering): typeof Handlebars {
  const environment = Handlebars.create();
  countTurns(environment, rendering);
  environment.registerHelper({
    ...valueHelpers,
    [trackingHelpers.value]: (input: unknown, name: string) => rendering.value(input, name),
    [trackingHelpers.click]: (index: number) => rendering.links?.click(index) ?? "",
    [trackingHelpers.open]: () => rendering.links?.open() ?? "",
    [trackingHelpers.signed](this: unknown, options: Handlebars.HelperOptions) {
      return signedLink(options.fn(this), rendering.links);
    },
  });
  environment.unregisterHelper("log");
  return environment;
}

/** The link that counts a click on `html`, the rendered value of an href. */
export function signedLink(html: string, links: LinkWriter | null): string {
  const url = unescapeHtml(html);
  return Handlebars.escapeExpression(links?.signed(url) ?? url);
}

/** Counts every condition and every loop turn, and what loops produce: a loop in a loop can ask for billions. */
function countTurns(environment: typeof Handlebars, rendering: Rendering): void {
  for (const name of ["if", "each", "with"] as const) {
    const original = environment.helpers[name];
    if (!original) continue;
    environment.registerHelper(
      name,
      function (this: unknown, input: unknown, options: Handlebars.HelperOptions) {
        rendering.step();
        if (options === undefined) throw new RenderFailed(`#${name} needs a value.`);
        const fn: Handlebars.TemplateDelegate = (context: unknown, runtime?: Handlebars.RuntimeOptions) => {
          rendering.step();
          return rendering.produce(options.fn(context, runtime));
        };
        return original.call(this, input, name === "each" ? { ...options, fn } : options) as string;
      },
    );
  }
}

/** Refuses what is not available to authors. */
class Checker extends Handlebars.Visitor {
  override PathExpression(path: hbs.AST.PathExpression): void {
    if (Object.values(trackingHelpers).includes(path.original)) refuse(`the name ${path.original}`, path);
  }

  override PartialStatement(partial: hbs.AST.PartialStatement): void {
    refuse("partials ({{> …}})", partial);
  }

  override PartialBlockStatement(partial: hbs.AST.PartialBlockStatement): void {
    refuse("partials ({{#> …}})", partial);
  }

  override Decorator(decorator: hbs.AST.Decorator): void {
    refuse("decorators ({{* …}})", decorator);
  }

  override DecoratorBlock(decorator: hbs.AST.DecoratorBlock): void {
    refuse("inline partials ({{#* …}})", decorator);
  }
}

function refuse(what: string, node: hbs.AST.Node): never {
  throw new RenderFailed(`line ${node.loc.start.line}: ${what} cannot be used`);
}

/** Sends every value through the helper that counts it and notices that it is missing. */
class ValueRewriter extends Handlebars.Visitor {
  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    if (mustache.path.type !== "PathExpression") return;
    const path = mustache.path as hbs.AST.PathExpression;
    if (Object.values(trackingHelpers).includes(path.original)) return;
    const { params, hash, loc } = mustache;
    const call = { type: "SubExpression", path, params, hash, loc } as hbs.AST.SubExpression;
    const name = valueName(mustache);
    const value = trackingHelpers.value;
    mustache.path = {
      type: "PathExpression",
      data: false,
      depth: 0,
      parts: [value],
      original: value,
      loc,
    };
    mustache.params = [
      params.length === 0 ? path : call,
      { type: "StringLiteral", value: name, original: name, loc } as hbs.AST.StringLiteral,
    ];
  }
}

/** What a value without text is called to the person who has to give it. */
export function valueName({ path, params }: hbs.AST.MustacheStatement): string {
  const [subject = path] = params;
  return String("original" in subject ? subject.original : (path as hbs.AST.PathExpression).original);
}

const htmlEscapes: Record<string, string> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#x27;": "'",
  "&#x60;": "`",
  "&#x3D;": "=",
};

/** Undoes Handlebars' own escaping. */
function unescapeHtml(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#x27|#x60|#x3D);/g, (escape) => htmlEscapes[escape] ?? escape);
}
