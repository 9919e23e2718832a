import type { NextFunction, Request, Response } from "express";

/** Bodies are small and come at once: slow ones are attacks or broken lines. */
const bodyTimeoutMs = 15_000;

/** Ends requests whose body takes too long; uploads (`isUpload`) take as long as they are large. */
export function refuseSlowBodies(isUpload: (request: Request) => boolean) {
  return (request: Request, _response: Response, next: NextFunction): void => {
    if (isUpload(request)) return next();
    const timer = setTimeout(() => {
      if (!request.complete) request.destroy();
    }, bodyTimeoutMs);
    request.once("close", () => clearTimeout(timer));
    next();
  };
}
