import { toJsonSchema, type Definitions, type JsonSchema } from "../json-schema.js";
import { fieldsOf } from "../operation-input.js";
import type { Operation } from "../operation.js";
import { problemAnswers } from "./problems.js";
import { needsOf } from "./rights.js";
import type { Described } from "./route.js";

/** An operation as an object of the document. */
export function describeOperation(operation: Operation, definitions: Definitions): Described {
  const { id, summary, resource, method } = operation;
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
    description: needsOf(operation),
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

export function parameter(place: string, name: string, schema: JsonSchema, required: boolean): unknown {
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

function bodyOf(
  properties: Record<string, JsonSchema>,
  required: ReadonlySet<string>,
): Described["requestBody"] {
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
