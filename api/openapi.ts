import { verbOf, type Level } from "../domain/access.js";
import { toJsonSchema, type Definitions, type JsonSchema } from "./json-schema.js";
import { fieldsOf } from "./operation-input.js";
import type { Operation } from "./operation.js";
import { titleOf } from "./problems.js";

/** OpenAPI 3.1 of a table of operations: made of the schemas that check requests and write answers. */
export function createOpenApi(operations: readonly Operation[], publicUrl: string): Record<string, unknown> {
  const definitions: Definitions = { Problem: problem };
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [operation.method]: describe(operation, definitions) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Floe", version: "1", summary: "Email campaigns as durable workflows", description },
    servers: [{ url: publicUrl }],
    security: [{ key: [] }],
    tags: [...new Set(operations.map(({ resource }) => resource))].sort().map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer", description: "An API key, `floe_…`" } },
      schemas: definitions,
      responses: Object.fromEntries(refusals.map(([status, meaning]) => [named(status), refusalOf(meaning)])),
    },
  };
}

const description = `Names are in snake_case, times in ISO 8601 with a zone, ids of contacts are strings.

A key belongs to a tenant, which it need not name; requests of the platform say which tenant they are about (\`tenant_id\`).

Lists have \`data\` and \`next\`, which is given as \`before\` or \`after\` for the page that follows; the \`Link\` header has its address. A page
may hold fewer rows than \`limit\`, or none, and have a \`next\` all the same: where no index knows the answer, so many rows are looked at and no
more.
Every POST takes an \`Idempotency-Key\`: the same request again is answered as the first time, for a day. \`If-Match\` with the ETag of
what was looked at has a change refused (412) when somebody else was faster. \`Floe-Reason\` is kept in the audit log.

What is refused is \`application/problem+json\` (RFC 9457), with every field that is wrong.`;

const needs: Record<Level, string> = {
  read: "Needs the role viewer",
  self: "Of whoever is signed in; for others, needs the role operator",
  write: "Needs the role operator",
  own: "Needs the role owner",
  platform: "Needs the role admin, of the platform",
};

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

function describe(operation: Operation, definitions: Definitions): Record<string, unknown> {
  const { id, summary, resource, level, method } = operation;
  const verb = verbOf({ level, looks: method === "get" });
  const name = `${id}.input`;
  const input = toJsonSchema(operation.input, { io: "input", name, definitions });
  const inPath = [...operation.path.matchAll(/:(\w+)/g)].map(([, part = ""]) => part);
  const fields = Object.entries(input.properties ?? {}).filter(([field]) => field !== "actor");
  const rest = fields.filter(([field]) => !inPath.includes(field));
  const required = new Set(input.required?.filter((field) => field !== "tenant_id" && field !== "actor"));
  const hasBody = method !== "get" && method !== "delete";
  const queried = hasBody ? [] : rest;
  return {
    operationId: id,
    summary,
    tags: [resource],
    description: `${needs[level]}; of a narrowed key, the scope \`${resource}:${verb}\`.`,
    parameters: [
      ...inPath.map((field) =>
        parameter("path", field, input.properties?.[field] ?? { type: "string" }, true),
      ),
      ...queried.map(([field, schema]) => parameter("query", field, schema, required.has(field))),
      ...headersOf(operation),
    ],
    ...(hasBody && rest.length > 0 && { requestBody: bodyOf(Object.fromEntries(rest), required) }),
    responses: { ...answersOf(operation, definitions), ...problemAnswers },
  };
}

function parameter(place: string, name: string, schema: JsonSchema, required: boolean): unknown {
  const list = schema.type === "array" && { style: "form", explode: false };
  return { in: place, name, required, schema, ...list };
}

function headersOf({ method, edits, keepsKeys, recorded, input }: Operation): unknown[] {
  const header = (name: string, pattern: string): unknown => ({
    ...{ in: "header", name, required: false, schema: { type: "string", pattern } },
  });
  const takesReason = !recorded || "because" in fieldsOf({ input });
  return [
    ...(method === "post" && !keepsKeys ? [header("Idempotency-Key", "^[!-~]{1,255}$")] : []),
    ...(edits === undefined ? [] : [header("If-Match", '^(\\*|"[A-Za-z0-9_-]{1,64}")$')]),
    ...(method === "get" || !takesReason ? [] : [header("Floe-Reason", "^[ -~]{1,500}$")]),
  ];
}

function bodyOf(properties: Record<string, JsonSchema>, required: ReadonlySet<string>): unknown {
  const needed = Object.keys(properties).filter((field) => required.has(field));
  const schema = { type: "object", properties, required: needed, additionalProperties: false };
  return { required: needed.length > 0, content: { "application/json": { schema } } };
}

function answersOf(operation: Operation, definitions: Definitions): Record<string, unknown> {
  const { id, output, status = 200, page, method } = operation;
  if (!output) return { [operation.status ?? 204]: { description: "Done." } };
  const one = toJsonSchema(output, { io: "output", name: `${id}.output`, definitions });
  const listed = page !== undefined || operation.isList === true;
  const next = {
    type: ["string", "null"],
    description: "For the page that follows; null: this is the last.",
  };
  const rows = {
    type: "object",
    properties: { data: { type: "array", items: one }, next },
    required: ["data", "next"],
  };
  const schema = operation.orOne ? { anyOf: [rows, one] } : listed ? rows : one;
  const tag = { ETag: { schema: { type: "string" } } };
  const made = one.properties && "created" in one.properties && status !== 200;
  const body = { headers: tag, content: { "application/json": { schema } } };
  return {
    ...(made && { 200: { description: "It stood already; nothing was made.", ...body } }),
    [status]: { description: "Done.", headers: tag, content: { "application/json": { schema } } },
    ...(method === "get" && { 304: { description: "As the caller has it already." } }),
  };
}

const problemAnswers = Object.fromEntries(
  refusals.map(([status]) => [status, { $ref: `#/components/responses/${named(status)}` }]),
);

function named(status: number): string {
  return (titleOf[status] ?? "Error").replaceAll(/[^A-Za-z]+(\w)/g, (_, letter: string) =>
    letter.toUpperCase(),
  );
}

function refusalOf(meaning: string): unknown {
  return {
    description: meaning,
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
}

const text: JsonSchema = { type: "string" };
const problem: JsonSchema = {
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
