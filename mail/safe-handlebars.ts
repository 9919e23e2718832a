import Handlebars from "handlebars";

/** A template asked for more than `limits` allow, or cannot be rendered with these variables. */
export class RenderFailed extends Error {}

/** A variable without a value, in a send that refuses such recipients. */
export class MissingVariable extends Error {
  readonly variable: string;

  constructor(variable: string) {
    super(`The variable ${variable} has no value.`);
    this.variable = variable;
  }
}

export const limits = {
  /** Values, conditions and loop turns that one rendering may evaluate: bounds its time (about 50 ms). */
  steps: 100_000,
  /** Characters that values and loops may produce on the way to the result: bounds its memory. */
  produced: 4_000_000,
  /** Characters of the result. */
  output: 1_000_000,
};

/** Tracking links of the recipient being rendered; null leaves links as they are. */
export interface LinkWriter {
  click(index: number): string;
  signed(url: string): string;
  open(): string;
}

export interface RenderOptions {
  refuseMissing: boolean;
  links: LinkWriter | null;
}

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
  const state: State = { steps: 0, produced: 0, refuseMissing: false, links: null };
  const environment = environmentOf(state);
  const ast = environment.parse(source);
  new ValueRewriter().accept(ast);
  const template = environment.compile(ast, {
    noEscape: !options.escape,
    knownHelpersOnly: true,
    knownHelpers: Object.fromEntries([
      ...["default", "eq", "upper", "lower", ...Object.values(trackingHelpers)].map((name) => [name, true]),
      ["log", false],
    ]) as CompileOptions["knownHelpers"],
  });
  // Explicit, so that Handlebars does not print a warning for what it denies anyway.
  const runtime = { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false };
  return (variables, { refuseMissing, links }) => {
    Object.assign(state, { steps: 0, produced: 0, refuseMissing, links });
    const output = template(variables, runtime);
    if (output.length > limits.output)
      throw new RenderFailed(`The result has more than ${limits.output} characters.`);
    return output;
  };
}

/** Parses an author's source and refuses what it may not use. @throws Error whose message names the line. */
export function checkSource(source: string): void {
  new Checker().accept(Handlebars.parse(source));
}

type CompileOptions = NonNullable<Parameters<typeof Handlebars.compile>[1]>;

interface State extends RenderOptions {
  steps: number;
  produced: number;
}

function environmentOf(state: State): typeof Handlebars {
  const environment = Handlebars.create();
  const step = () => {
    if (++state.steps > limits.steps)
      throw new RenderFailed(`Rendering takes more than ${limits.steps} steps.`);
  };
  const produce = (text: string) => {
    state.produced += text.length;
    if (state.produced > limits.produced)
      throw new RenderFailed(`Rendering produces more than ${limits.produced} characters.`);
    return text;
  };
  const value = (input: unknown, name: string) => {
    step();
    const text = textOf(input);
    if (text === "" && state.refuseMissing) throw new MissingVariable(name);
    return produce(text);
  };
  countTurns(environment, step, produce);
  environment.registerHelper({
    [trackingHelpers.value]: value,
    default: (input: unknown, fallback: unknown) => (textOf(input) === "" ? fallback : input),
    eq: (left: unknown, right: unknown) => left === right,
    upper: (input: unknown) => textOf(input).toUpperCase(),
    lower: (input: unknown) => textOf(input).toLowerCase(),
    [trackingHelpers.click]: (index: number) => state.links?.click(index) ?? "",
    [trackingHelpers.open]: () => state.links?.open() ?? "",
    [trackingHelpers.signed](this: unknown, options: Handlebars.HelperOptions) {
      const url = unescapeHtml(options.fn(this));
      return Handlebars.escapeExpression(state.links?.signed(url) ?? url);
    },
  });
  environment.unregisterHelper("log");
  return environment;
}

/** Counts every condition and every loop turn, and what loops produce: a loop in a loop can ask for billions. */
function countTurns(
  environment: typeof Handlebars,
  step: () => void,
  produce: (text: string) => string,
): void {
  for (const name of ["if", "each", "with"] as const) {
    const original = environment.helpers[name];
    if (!original) continue;
    environment.registerHelper(
      name,
      function (this: unknown, input: unknown, options: Handlebars.HelperOptions) {
        step();
        if (options === undefined) throw new RenderFailed(`#${name} needs a value.`);
        const fn: Handlebars.TemplateDelegate = (context: unknown, runtime?: Handlebars.RuntimeOptions) => {
          step();
          return produce(options.fn(context, runtime));
        };
        return original.call(this, input, name === "each" ? { ...options, fn } : options) as string;
      },
    );
  }
}

/** Lists by commas; an object has no text. */
function textOf(input: unknown): string {
  if (typeof input === "string") return input;
  if (typeof input === "number" || typeof input === "boolean" || typeof input === "bigint")
    return String(input);
  return Array.isArray(input) ? input.map(textOf).join(", ") : "";
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
    const [subject = path] = params;
    const name = "original" in subject ? String(subject.original) : path.original;
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
