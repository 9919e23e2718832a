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

/** One rendering's options, and what it has used of its limits. */
export class Rendering {
  links: LinkWriter | null = null;
  private refuseMissing = false;
  private steps = 0;
  private produced = 0;

  begin({ refuseMissing, links }: RenderOptions): void {
    this.refuseMissing = refuseMissing;
    this.links = links;
    this.steps = 0;
    this.produced = 0;
  }

  step(): void {
    if (++this.steps > limits.steps)
      throw new RenderFailed(`Rendering takes more than ${limits.steps} steps.`);
  }

  produce(text: string): string {
    this.produced += text.length;
    if (this.produced > limits.produced)
      throw new RenderFailed(`Rendering produces more than ${limits.produced} characters.`);
    return text;
  }

  /** The text of a value. @throws MissingVariable */
  value(input: unknown, name: string): string {
    this.step();
    const text = textOf(input);
    if (text === "" && this.refuseMissing) throw new MissingVariable(name);
    return this.produce(text);
  }
}

/** What authors may call in a value. */
export const valueHelpers = {
  default: (input: unknown, fallback: unknown) => (textOf(input) === "" ? fallback : input),
  eq: (left: unknown, right: unknown) => left === right,
  upper: (input: unknown) => textOf(input).toUpperCase(),
  lower: (input: unknown) => textOf(input).toLowerCase(),
};

/** @throws RenderFailed when a result of so many characters is too long. */
export function checkOutput(length: number): void {
  if (length > limits.output) throw new RenderFailed(`The result has more than ${limits.output} characters.`);
}

/** Lists by commas; an object has no text. */
export function textOf(input: unknown): string {
  if (typeof input === "string") return input;
  if (typeof input === "number" || typeof input === "boolean" || typeof input === "bigint")
    return String(input);
  return Array.isArray(input) ? input.map(textOf).join(", ") : "";
}
