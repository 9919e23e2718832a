import { InvalidInput } from "../domain/errors.js";
import { hashPassword } from "./password-hash.js";

/** NIST SP 800-63B, 3.1.1.2: length, and nothing that is guessed at once; no rules of composition, no expiry. */
const shortest = 12;
const longest = 256;
/** Guesses until it is found, as zxcvbn estimates them: what is commoner than that is found in hours, whatever the hash. */
const fewestGuesses = 1e8;
/** Estimating takes longer than linear. */
const mostEstimated = 100;

export interface PasswordOwner {
  email: string;
  name: string;
}

/**
 * The hash of a password that its owner chose.
 * @throws InvalidInput naming `field`, with what is wrong and never with the password
 */
export async function hashNewPassword(
  password: string,
  { email, name }: PasswordOwner,
  field = "password",
): Promise<string> {
  const length = [...password.normalize("NFKC")].length;
  const refuse = (problem: string) => new InvalidInput([{ field, problem }]);
  if (length < shortest) throw refuse(`is shorter than ${shortest} characters`);
  if (length > longest) throw refuse(`is longer than ${longest} characters`);
  const guesses = await estimateGuesses(password, [
    "floe",
    email,
    ...email.split(/[@.]/),
    ...name.split(" "),
  ]);
  if (guesses < fewestGuesses)
    throw refuse("is easy to guess: it is common, or made of common words, your name or a pattern");
  return hashPassword(password);
}

async function estimateGuesses(password: string, words: string[]): Promise<number> {
  const estimate = await (loaded ??= loadEstimator());
  return estimate(password.slice(0, mostEstimated), words).guesses;
}

type Estimator = (password: string, words: string[]) => { guesses: number };
let loaded: Promise<Estimator> | undefined;

/** Dictionaries of some megabytes: loaded when somebody first chooses a password. */
async function loadEstimator(): Promise<Estimator> {
  const [core, common] = await Promise.all([import("@zxcvbn-ts/core"), import("@zxcvbn-ts/language-common")]);
  core.zxcvbnOptions.setOptions({ dictionary: common.dictionary, graphs: common.adjacencyGraphs });
  return core.zxcvbn;
}
