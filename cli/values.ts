import { readFile } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import { InvalidInput } from "../domain/errors.js";

/** Parsers of option values. commander prints `InvalidArgumentError` with the option's name. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It must be a whole number above zero.");
  return Number(text);
}

/** Also zero. */
export function parseNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a whole number, 0 or more.");
  return Number(text);
}

export function parsePositive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError("It must be a number above zero.");
  return value;
}

/** With a fraction too, such as a share. */
export function parseValue(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError("It must be a number, such as 1000 or 0.05.");
  return value;
}

/** @returns messages a second, or null for `off`. */
export function parseRate(text: string): number | null {
  return text === "off" ? null : parsePositive(text);
}

export function parseInstant(text: string): Date {
  const instant = new Date(text);
  // Without a zone the meaning would depend on the machine the command runs on.
  if (Number.isNaN(instant.getTime()) || !/(Z|[+-]\d\d:?\d\d)$/i.test(text)) {
    throw new InvalidArgumentError("It must be a date and time with its zone, such as 2026-12-01T09:00:00Z.");
  }
  return instant;
}

/** Collects `--map col_0=email --map col_1=first_name` into one object. */
export function collectPairs(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf("=");
  if (at <= 0 || at === text.length - 1) throw new InvalidArgumentError("It must look like name=value.");
  return { ...before, [text.slice(0, at).trim()]: text.slice(at + 1).trim() };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError("It must be JSON.");
  }
}

/** What the object says is checked by the SDK. @throws InvalidInput naming the option when it is no JSON object */
export async function readJsonFile<T>(option: string, path: string): Promise<T> {
  const text = await readTextFile(option, path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : "cannot be parsed";
    throw new InvalidInput([{ field: option, problem: `${path}: is not JSON: ${why}` }], { cause: error });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as T;
  throw new InvalidInput([{ field: option, problem: `${path}: must hold one JSON object` }]);
}

/** @throws InvalidInput naming the option when the file cannot be read. */
export async function readTextFile(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    const why =
      code === "ENOENT"
        ? "there is no such file"
        : code === "EISDIR"
          ? "it is a folder"
          : `cannot be read (${code})`;
    throw new InvalidInput([{ field: option, problem: `${path}: ${why}` }], { cause: error });
  }
}
