import type { NextFunction, Request, Response } from "express";
import { createProblem, sendProblem } from "./problems.js";

/** Bodies are small and come at once: slow ones are attacks or broken lines. */
const bodyTimeoutMs = 15_000;

/** Ends requests whose body takes too long; uploads (`isUpload`) take as long as they are large. */
export function refuseSlowBodies(isUpload: (request: Request) => boolean, timeoutMs = bodyTimeoutMs) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (isUpload(request)) return next();
    const timer = setTimeout(() => {
      if (request.complete) return;
      if (response.headersSent) return void request.destroy();
      // What still comes of it is not waited for.
      response.set("Connection", "close").once("finish", () => request.destroy());
      const detail = `The body took longer than ${timeoutMs / 1_000} seconds; send it at once.`;
      sendProblem(request, response, createProblem(408, detail));
    }, timeoutMs);
    request.once("close", () => clearTimeout(timer));
    next();
  };
}
