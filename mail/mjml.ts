import type MjmlCore from "mjml-core";
import { createRequire } from "node:module";
import { InvalidInput, type FieldProblem } from "../domain/errors.js";
import { checkSource } from "./safe-handlebars.js";

/** Larger ones make more html than a template may have, and hold the process up for a second. */
const largestMjml = 128 * 1024;

/**
 * Html of MJML (https://documentation.mjml.io), holes intact. Nothing is included: a file that MJML names would be one of
 * the server's.
 * @throws InvalidInput naming the lines that are wrong
 */
export async function compileMjml(source: string): Promise<string> {
  refuse(sourceProblems(source));
  const { compile, preset } = loadMjml();
  const options = { presets: [preset], ignoreIncludes: true, validationLevel: "soft" } as const;
  const { html, errors } = await compile(source, options).catch((error: unknown) => {
    throw new InvalidInput([{ field: "mjml", problem: oneLine(error) }], { cause: error });
  });
  refuse(errors.map(({ line, message }) => ({ field: "mjml", problem: `line ${line}: ${message}` })));
  return html;
}

const require = createRequire(import.meta.url);

/** Its half second of loading is spent by those who use it. */
function loadMjml(): { compile: (typeof MjmlCore)["default"]; preset: unknown } {
  const { default: compile } = require("mjml-core") as typeof MjmlCore;
  return { compile, preset: require("mjml-preset-core") };
}

function sourceProblems(source: string): FieldProblem[] {
  const problem = (text: string): FieldProblem[] => [{ field: "mjml", problem: text }];
  if (source.trim() === "") return problem("is empty");
  if (Buffer.byteLength(source) > largestMjml) return problem(`is larger than ${largestMjml / 1024} kB`);
  if (source.includes("\0")) return problem("has a NUL character");
  if (!/<mjml[\s>]/i.test(source)) return problem("has no <mjml> element; give html in the field html");
  if (/<mj-include[\s/>]/i.test(source)) return problem("has an <mj-include>; put in what it would include");
  try {
    checkSource(source);
  } catch (error) {
    return problem(oneLine(error));
  }
  return [];
}

function refuse(problems: FieldProblem[]): void {
  if (problems.length > 0) throw new InvalidInput(problems);
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
}
