import { InvalidInput } from "../domain/errors.js";

/**
 * Awaits a call of the SDK for an operation that has other names for some fields: what is wrong is told of the operation's.
 * @param names by the SDK's name
 */
export async function withNames<T>(
  names: Readonly<Record<string, string>>,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const problems = error.problems.map(({ field, problem }) => {
      const [first = "", ...below] = field.split(".");
      return { field: [names[first] ?? first, ...below].join("."), problem };
    });
    throw new InvalidInput(problems, { cause: error });
  }
}
