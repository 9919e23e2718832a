import express, { type Request, type RequestHandler } from "express";
import { z } from "zod";
import { parseInput } from "../../client/input.js";
import { InvalidInput } from "../../domain/errors.js";
import { createProblem, ProblemError } from "../problems.js";
import { fieldToWire, fromWire } from "../wire.js";

/** Longer than any password or code. */
const largestBody = "16kb";
export const jsonBody: RequestHandler = express.json({ limit: largestBody });
export const formBody: RequestHandler = express.urlencoded({ limit: largestBody, extended: false });

/** Of somebody who shows it; whether it is good is another question. */
export const secretText = z.string().min(1, "is empty").max(1_000, "is longer than 1,000 characters");

/** @throws InvalidInput in the caller's names; ProblemError 415 for a form, which foreign pages could send */
export function readBody<T>(schema: z.ZodType<T>, request: Request): T {
  if (request.is("json") === false)
    throw new ProblemError(createProblem(415, "The body must be application/json."));
  try {
    return parseInput(schema, fromWire(schema, (request.body ?? {}) as unknown));
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const problems = error.problems.map(({ field, problem }) => ({
      field: fieldToWire(schema, field),
      problem,
    }));
    throw new InvalidInput(problems, { cause: error });
  }
}
