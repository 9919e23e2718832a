import { z } from "zod";
import { toSnake } from "./wire.js";

export type JsonSchema = Record<string, unknown> & {
  properties?: Record<string, JsonSchema>;
  required?: string[];
};

/** Schemas that others refer to, by name; shared by a whole document. */
export type Definitions = Record<string, JsonSchema>;

/**
 * A schema of the SDK as JSON Schema 2020-12 with names in snake_case. Recursive parts are added to `definitions` under
 * `name`. Rules that JSON Schema cannot say (superRefine) are left to the SDK.
 */
export function toJsonSchema(
  schema: z.ZodType,
  { io, name, definitions }: { io: "input" | "output"; name: string; definitions: Definitions },
): JsonSchema {
  const { $defs, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => rename(zodSchema, jsonSchema as JsonSchema),
  }) as JsonSchema & { $defs?: Definitions };
  delete json.$schema;
  const placed = (part: JsonSchema): JsonSchema => {
    const text = JSON.stringify(part)
      .replaceAll('"#/$defs/', `"#/components/schemas/${name}.`)
      .replaceAll('"$ref":"#"', `"$ref":"#/components/schemas/${name}"`);
    return JSON.parse(text) as JsonSchema;
  };
  for (const [part, definition] of Object.entries($defs ?? {}))
    definitions[`${name}.${part}`] = placed(definition);
  const own = placed(json);
  if (JSON.stringify(own).includes(`"#/components/schemas/${name}"`)) definitions[name] = own;
  return own;
}

/** Names of records belong to the caller; an instant is a text. */
function rename(schema: z.core.$ZodType, json: JsonSchema): void {
  const { type } = (schema as z.core.$ZodTypes)._zod.def;
  if (type === "date") Object.assign(json, { type: "string", format: "date-time" });
  if (type !== "object") return;
  if (json.properties) {
    json.properties = Object.fromEntries(
      Object.entries(json.properties).map(([name, property]) => [toSnake(name), property]),
    );
  }
  if (json.required) json.required = json.required.map(toSnake);
}
