import { toJsonSchema, type JsonSchema } from "../../api/json-schema.js";
import type { Operation } from "../../api/operation.js";
import { fieldsOf } from "../../api/operation-input.js";
import { toSnake } from "../../api/wire.js";

export interface Probe {
  method: string;
  path: string;
  body: Record<string, unknown> | undefined;
}

/**
 * A request of an operation about the things that `ids` name: in its path, and wherever a field has such a name. What else
 * is needed is the least that its schema takes.
 */
export function probeOf(operation: Operation, ids: Readonly<Record<string, string>>): Probe {
  const definitions = {};
  const schema = toJsonSchema(operation.input, { io: "input", name: operation.id, definitions });
  const path = operation.path.replaceAll(/:(\w+)/g, (_, field: string) =>
    encodeURIComponent(ids[field] ?? "1"),
  );
  const inPath = new Set([...operation.path.matchAll(/:(\w+)/g)].map(([, field]) => field));
  const fields = Object.entries(schema.properties ?? {}).filter(
    ([name]) => !inPath.has(name) && name !== "tenant_id" && name !== "actor",
  );
  const wanted = fields.filter(([name]) => name in ids || schema.required?.includes(name));
  const values = wanted.map(([name, field]) => [name, ids[name] ?? valueOf(name, field)] as const);
  const method = operation.method.toUpperCase();
  if (method !== "GET" && method !== "DELETE") return { method, path, body: Object.fromEntries(values) };
  const query = new URLSearchParams(values.map(([name, value]): [string, string] => [name, String(value)]));
  return { method, path: query.size > 0 ? `${path}?${query.toString()}` : path, body: undefined };
}

const byName: Record<string, unknown> = {
  ...{ email: "somebody@elsewhere.example", recipient: "somebody@elsewhere.example", subject: "Hello" },
  ...{ from_email: "news@elsewhere.example", url: "https://elsewhere.example/hook", html: "<p>Hello</p>" },
  ...{
    host: "mail.elsewhere.example",
    type: "order.paid",
    contacts: [{ email: "somebody@elsewhere.example" }],
  },
  ...{ filter: { field: "email", op: "exists" }, per_second: 5, limit: "api", from: "2026-01-01T00:00:00Z" },
};

function valueOf(name: string, field: JsonSchema): unknown {
  if (name in byName) return byName[name];
  const options = (field.anyOf ?? field.oneOf) as JsonSchema[] | undefined;
  const [option] = options ?? [];
  if (option) return valueOf(name, option);
  if (Array.isArray(field.enum)) return field.enum[0] as unknown;
  switch (field.type) {
    case "integer":
    case "number":
      return field.minimum ?? 1;
    case "boolean":
      return true;
    case "array":
      return [valueOf(name, (field.items as JsonSchema | undefined) ?? {})];
    case "object":
      return Object.fromEntries(
        Object.entries(field.properties ?? {})
          .filter(([part]) => field.required?.includes(part))
          .map(([part, schema]) => [part, valueOf(part, schema)]),
      );
    default:
      return field.format === "date-time" ? "2026-01-01T00:00:00Z" : "something";
  }
}

/** Fields that the path has, in the SDK's names. */
export function pathFields(operation: Operation): string[] {
  const inPath = new Set([...operation.path.matchAll(/:(\w+)/g)].map(([, name]) => name));
  return Object.keys(fieldsOf(operation)).filter((name) => inPath.has(toSnake(name)));
}
