import { z } from "zod";
import { InvalidInput, type FieldProblem } from "../domain/errors.js";
import {
  chosenOption,
  fieldsOf,
  hasFields,
  isObject,
  itemOf,
  optionOf,
  unwrap,
  type Bare,
  type Fields,
  type Schema,
  type Union,
} from "./wire-schema.js";

/**
 * Between JSON's snake_case and the SDK's camelCase, as a schema has the names: keys of records (attributes, variables)
 * belong to the caller and stay as they are.
 */
export function toSnake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/**
 * What came as JSON, with the SDK's names; instants become dates where the schema wants them. Values are checked elsewhere.
 * @throws InvalidInput for names that the schema does not have
 */
export function fromWire(schema: Schema, value: unknown): unknown {
  const problems: FieldProblem[] = [];
  const read = readValue(schema, value, "", problems);
  if (problems.length > 0) throw new InvalidInput(problems);
  return read;
}

/** An answer as JSON has it: fields that the schema does not name stay inside. */
export function toWire(schema: Schema, value: unknown): unknown {
  const bare = unwrap(schema);
  const { def } = bare._zod;
  if (value === null || value === undefined || value instanceof Date) return value;
  // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- of forty kinds, few have names inside
  switch (def.type) {
    case "object": {
      const given = value as Record<string, unknown>;
      return Object.fromEntries(
        Object.entries(def.shape).map(([name, field]) => [toSnake(name), toWire(field, given[name])]),
      );
    }
    case "array":
      return (value as unknown[]).map((item) => toWire(def.element, item));
    case "record":
      return mapValues(value, (item) => toWire(def.valueType, item));
    case "union":
      return toWire(chosenOption(def, value) ?? optionOf(def.options, value) ?? z.unknown(), value);
    default:
      return value;
  }
}

/** The field of an error, as the caller wrote it. */
export function fieldToWire(schema: Schema, field: string): string {
  let at: Schema | undefined = schema;
  const named = field.split(".").map((part) => {
    const bare: Bare | undefined = at && unwrap(at);
    const own = bare && fieldsOf(bare)?.[part];
    at = own ?? (bare && itemOf(bare));
    return own ? toSnake(part) : part;
  });
  return named.join(".");
}

/** Texts of a query or a path as the schema's numbers, truths and arrays; what does not fit stays, and is refused. */
export function fromQuery(schema: Schema, query: Record<string, unknown>): Record<string, unknown> {
  const fields = fieldsOf(unwrap(schema)) ?? {};
  const byWire = new Map(Object.entries(fields).map(([name, field]) => [toSnake(name), field]));
  return Object.fromEntries(
    Object.entries(query).map(([given, value]) => {
      // A query may have the SDK's names, too: `?importId=`.
      const name = byWire.has(toSnake(given)) ? toSnake(given) : given;
      const field = byWire.get(name);
      return [name, field === undefined ? value : readText(field, value)];
    }),
  );
}

function readText(field: Schema, value: unknown): unknown {
  const { def } = unwrap(field)._zod;
  if (def.type === "array") {
    const items = Array.isArray(value) ? value : String(value).split(",");
    return items.map((item: unknown) => readText(def.element, item));
  }
  if (typeof value !== "string") return value;
  if (def.type === "number") return /^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : value;
  if (def.type === "boolean") return value === "true" ? true : value === "false" ? false : value;
  return value;
}

function readValue(schema: Schema, value: unknown, path: string, problems: FieldProblem[]): unknown {
  const { def } = unwrap(schema)._zod;
  // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- of forty kinds, few have names inside
  switch (def.type) {
    case "object":
      return isObject(value) ? readObject(def.shape, value, path, problems) : value;
    case "array":
      if (!Array.isArray(value)) return value;
      return value.map((item, i) => readValue(def.element, item, under(path, String(i)), problems));
    case "record":
      if (!isObject(value)) return value;
      return mapValues(value, (item, name) => readValue(def.valueType, item, under(path, name), problems));
    case "union":
      return readUnion(def, value, path, problems);
    case "date": {
      const date = typeof value === "string" && instant.test(value) ? new Date(value) : undefined;
      return date && !Number.isNaN(date.getTime()) ? date : value;
    }
    default:
      return value;
  }
}

/** As the option that fits; when none does, as the one of its shape that is nearest: it says what is wrong. */
function readUnion(def: Union, value: unknown, path: string, problems: FieldProblem[]): unknown {
  const chosen = chosenOption(def, value);
  if (chosen) return readValue(chosen, value, path, problems);
  const ofShape = def.options.filter((option) => hasFields(option) === isObject(value));
  const read = (ofShape.length > 0 ? ofShape : def.options).map((option) => {
    const own: FieldProblem[] = [];
    return { value: readValue(option, value, path, own), own, option };
  });
  const fitting = read.find(({ option, value: one }) => z.safeParse(option, one).success);
  const best = fitting ?? read.sort((a, b) => a.own.length - b.own.length)[0];
  if (best) problems.push(...best.own);
  return best ? best.value : value;
}

/** RFC 3339. */
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/i;

function readObject(
  shape: Fields,
  value: Record<string, unknown>,
  path: string,
  problems: FieldProblem[],
): Record<string, unknown> {
  const byWire = new Map(Object.entries(shape).map(([name, field]) => [toSnake(name), { name, field }]));
  const entries: [string, unknown][] = [];
  for (const [wire, item] of Object.entries(value)) {
    const known = byWire.get(wire);
    if (known) entries.push([known.name, readValue(known.field, item, under(path, wire), problems)]);
    else problems.push({ field: under(path, wire), problem: "is not known; check the spelling" });
  }
  return Object.fromEntries(entries);
}

function mapValues(value: unknown, read: (item: unknown, name: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).map(([name, item]) => [name, read(item, name)]),
  );
}

function under(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
