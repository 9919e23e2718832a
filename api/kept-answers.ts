import { createHash } from "node:crypto";
import type { Request } from "express";
import type { Answer, AnswerStore } from "../db/kept-answers.js";
import { InvalidInput } from "../domain/errors.js";
import { createProblem, ProblemError } from "./problems.js";

const longestKey = 255;
const unsealed =
  "cannot be used here: the answer holds a secret, which is kept only encrypted, and FLOE_ENCRYPTION_KEYS is not set; leave it out";
/** Longer than a request may take. */
const busyMs = 60_000;

/**
 * Answers a request that comes again with the same `Idempotency-Key` as it was answered the first time
 * (draft-ietf-httpapi-idempotency-key-header-07); one that was refused changed nothing and may be made again. Without the
 * header it is carried out each time.
 */
export async function keepAnswers(
  store: AnswerStore,
  { request, owner, secret }: { request: Request; owner: string; secret: boolean },
  run: () => Promise<Answer>,
): Promise<Answer> {
  const key = request.get("idempotency-key");
  if (key === undefined) return run();
  if (!/^[\x21-\x7e]+$/.test(key) || key.length > longestKey) {
    const problem = `must be 1 to ${longestKey} printable characters`;
    throw new InvalidInput([{ field: "Idempotency-Key", problem }]);
  }
  if (secret && !store.keepsSecrets)
    throw new InvalidInput([{ field: "Idempotency-Key", problem: unsealed }]);
  const use = { owner, key };
  const standing = await store.begin({ ...use, fingerprint: fingerprintOf(request), busyMs });
  switch (standing.kind) {
    case "busy":
      throw new ProblemError(createProblem(409, "A request with this Idempotency-Key is still under way."));
    case "other":
      throw new ProblemError(createProblem(422, "This Idempotency-Key was used for another request."));
    case "answered":
      return {
        ...standing.answer,
        headers: { ...standing.answer.headers, "Idempotency-Replayed": "true" },
      };
    case "begun":
      return carryOut(store, use, run);
  }
}

/** Kept before it is sent: whoever has seen the answer gets it again. */
async function carryOut(
  store: AnswerStore,
  use: { owner: string; key: string },
  run: () => Promise<Answer>,
): Promise<Answer> {
  try {
    const answer = await run();
    await store.keep(use, answer);
    return answer;
  } catch (error) {
    await store.forget(use);
    throw error;
  }
}

function fingerprintOf({ method, path, body }: Request): Buffer {
  return createHash("sha256")
    .update(`${method} ${path}\n${JSON.stringify(body ?? null)}`)
    .digest();
}
