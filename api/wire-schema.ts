import { z } from "zod";

/** What a schema is, whatever was said of its values. */
export type Schema = z.core.$ZodType;
export type Fields = Readonly<Record<string, Schema>>;
export type Bare = z.core.$ZodTypes;
export type Union = z.core.$ZodUnionDef;

/** Without what only says whether a value may be left out, or what becomes of it afterwards. */
export function unwrap(schema: Schema): Bare {
  const bare = schema as Bare;
  const { def } = bare._zod;
  // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- of forty kinds, few have names inside
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return unwrap(def.innerType);
    case "lazy":
      return unwrap(def.getter());
    case "pipe":
      return unwrap(def.in._zod.def.type === "transform" ? def.out : def.in);
    default:
      return bare;
  }
}

export function fieldsOf(schema: Bare): Fields | undefined {
  const { def } = schema._zod;
  if (def.type === "object") return def.shape;
  if (def.type !== "union") return undefined;
  const all = def.options.flatMap((option) => Object.entries(fieldsOf(unwrap(option)) ?? {}));
  const names = new Set(all.map(([name]) => name));
  const called = (name: string): Schema[] => all.flatMap(([one, field]) => (one === name ? field : []));
  return Object.fromEntries([...names].map((name) => [name, anyOf(called(name))]));
}

function anyOf([first = z.unknown(), ...others]: Schema[]): Schema {
  return others.length === 0 ? first : z.union([first, ...others]);
}

export function hasFields(schema: Schema): boolean {
  const { def } = unwrap(schema)._zod;
  if (def.type === "union") return def.options.some(hasFields);
  return def.type === "object" || def.type === "record";
}

/** Of options that are told apart by one field, as `kind` or `type`. */
export function chosenOption(def: Union, value: unknown): Schema | undefined {
  const { discriminator } = def as Partial<z.core.$ZodDiscriminatedUnionDef>;
  if (discriminator === undefined || !isObject(value)) return undefined;
  return def.options.find((option) => {
    const field = fieldsOf(unwrap(option))?.[discriminator];
    return field !== undefined && z.safeParse(field, value[discriminator]).success;
  });
}

export function itemOf(schema: Bare): Schema | undefined {
  const { def } = schema._zod;
  if (def.type === "array") return def.element;
  if (def.type === "record") return def.valueType;
  if (def.type !== "union") return undefined;
  const items = def.options.flatMap((option) => itemOf(unwrap(option)) ?? []);
  return items.length > 0 ? anyOf(items) : undefined;
}

export function optionOf(options: readonly Schema[], value: unknown): Schema | undefined {
  return options.find((option) => z.safeParse(option, value).success);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
