import { Conflict } from "../domain/errors.js";

/** Runs a write that gives a name. @throws Conflict when another row has it */
export async function unlessTaken<T>(what: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (codeOf(error) !== uniqueViolation) throw error;
    throw new Conflict(`${what} is taken.`);
  }
}

/** Runs a deletion. @throws Conflict when other rows refer to what is deleted */
export async function unlessReferred<T>(what: string, remove: () => Promise<T>): Promise<T> {
  try {
    return await remove();
  } catch (error) {
    if (codeOf(error) !== foreignKeyViolation) throw error;
    const { table } = error as { table?: string };
    throw new Conflict(`${what} is in use${table === undefined ? "" : ` (${table})`}; it stays.`, { table });
  }
}

const uniqueViolation = "23505";
const foreignKeyViolation = "23503";

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
