import busboy from "busboy";
import type { Request } from "express";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { asError, InvalidInput } from "../domain/errors.js";
import { createProblem, ProblemError } from "./problems.js";

type Take<T> = (fields: Record<string, string>, content: Readable) => Promise<T>;

/**
 * The file of a request, streamed: its body, or the file of a form, whose other fields come before it.
 * @throws InvalidInput for a form without a file, or one that is cut off
 */
export async function readUpload<T>(request: Request, take: Take<T>): Promise<T> {
  try {
    if (request.is("multipart/form-data") === false) return await take({}, whole(request));
    return await readForm(request, take);
  } catch (error) {
    // What is still to come is read and dropped: until then the caller does not look for the answer.
    request.unpipe();
    request.resume();
    throw error;
  }
}

function readForm<T>(request: Request, take: Take<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const fields: Record<string, string> = {};
    let taken: Promise<T> | undefined;
    const form = createForm({
      headers: request.headers,
      limits: { files: 1, fields: 20, fieldSize: 100_000 },
    });
    form.on("field", (name, value) => {
      fields[name] = value;
    });
    form.on("file", (_name, content) => {
      taken = take(fields, content);
      taken.then(resolve, (error: unknown) => {
        // The rest of the form is of no use; it is read so that the answer can be.
        content.resume();
        reject(asError(error));
      });
    });
    form.on("close", () => {
      if (!taken) reject(new InvalidInput([{ field: "file", problem: "is missing from the form" }]));
    });
    form.on("error", (error) => {
      if (error instanceof InvalidInput) return reject(error);
      const problem = `cannot be read: ${error instanceof Error ? error.message : "the form is cut off"}`;
      reject(new InvalidInput([{ field: "file", problem }], { cause: error }));
    });
    destroyIfCutOff(request, form).pipe(form);
  });
}

/** @throws ProblemError for a form that does not say how its parts are told apart */
function createForm(config: busboy.BusboyConfig): busboy.Busboy {
  try {
    return busboy(config);
  } catch (error) {
    throw new ProblemError(createProblem(400, `Content-Type: ${asError(error).message}.`));
  }
}

function whole(request: Request): Readable {
  const content = new PassThrough();
  return destroyIfCutOff(request, content).pipe(content);
}

/** A body that is cut off is an error, not an end; `pipe` alone would leave whoever reads it waiting for ever. */
function destroyIfCutOff(request: Request, reader: Writable): Request {
  return request.on("aborted", () =>
    reader.destroy(new InvalidInput([{ field: "file", problem: "was cut off before its end" }])),
  );
}
