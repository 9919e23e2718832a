import { InvalidInput } from "../domain/errors.js";

/**
 * A body or a query in JSON's snake_case with the SDK's names, which checks its values.
 * @param names by JSON's name
 * @throws InvalidInput for what is no object, or has names that are not known
 */
export function readNames(given: unknown, names: Record<string, string>): Record<string, unknown> {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new InvalidInput([{ field: "body", problem: "must be a JSON object" }]);
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(names, name));
  if (unknown.length > 0) {
    throw new InvalidInput(unknown.map((field) => ({ field, problem: "is not known; check the spelling" })));
  }
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [names[name] ?? name, value]));
}

/** Awaits a call of the SDK; the fields that it refuses are called as the caller called them. */
export async function withNames<T>(names: Record<string, string>, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const jsonNames = new Map(Object.entries(names).map(([json, name]) => [name, json]));
    const problems = error.problems.map(({ field, problem }) => ({
      field: field
        .split(".")
        .map((part) => jsonNames.get(part) ?? part)
        .join("."),
      problem,
    }));
    throw new InvalidInput(problems, { cause: error });
  }
}
