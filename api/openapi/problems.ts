import type { JsonSchema } from "../json-schema.js";
import { titleOf } from "../problems.js";

/** How refusals look in the document: the same everywhere. */
const refusals: [status: number, meaning: string][] = [
  [400, "The request cannot be read."],
  [401, "No key, or none that is let in."],
  [403, "The key may not do this."],
  [404, "It does not exist, or belongs to another tenant."],
  [409, "It does not fit how things stand."],
  [412, "It was changed since it was looked at."],
  [413, "The body is too large."],
  [415, "The body's encoding is not known."],
  [422, "Fields are wrong; `problems` names each."],
  [429, "Too many requests; `Retry-After` says when to come again."],
  [500, "It failed by our own fault, and was logged."],
  [503, "A part is away; `Retry-After` says when to come again."],
];

export const problemAnswers = {
  ...Object.fromEntries(
    refusals.map(([status]) => [status, { $ref: `#/components/responses/${named(status)}` }]),
  ),
  // By the server itself, before anything of ours is asked.
  431: { description: "The address and the headers are longer than 16 kB." },
};

export const problemContent = {
  "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
};

export const problemResponses = Object.fromEntries(
  refusals.map(([status, meaning]) => [named(status), refusalOf(meaning)]),
);

function named(status: number): string {
  return (titleOf[status] ?? "Error").replaceAll(/[^A-Za-z]+(\w)/g, (_, letter: string) =>
    letter.toUpperCase(),
  );
}

function refusalOf(meaning: string): unknown {
  return { description: meaning, content: problemContent };
}

const text: JsonSchema = { type: "string" };
export const problemSchema: JsonSchema = {
  type: "object",
  required: ["type", "title", "status", "detail"],
  properties: {
    ...{ type: text, title: text, status: { type: "integer" }, detail: text },
    request_id: text,
    problems: {
      type: "array",
      items: {
        type: "object",
        required: ["field", "problem", "pointer"],
        properties: { field: text, problem: text, pointer: text },
      },
    },
  },
};
