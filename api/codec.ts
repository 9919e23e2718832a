import type { Payload, PayloadCodec } from "@temporalio/common";
import protocol from "@temporalio/proto";
import express, { Router, type NextFunction, type Request, type Response } from "express";
import { z } from "zod";
import { InvalidInput } from "../domain/errors.js";
import { allowed, type AllowedPorts } from "./allowed.js";

export interface CodecRoutePorts extends Pick<AllowedPorts, "authentication"> {
  codec: PayloadCodec;
  /** Of the Web UI, whose pages may read the answers; absent: there is no such route. */
  origin: string | undefined;
}

const { Payloads } = protocol.temporal.api.common.v1;
const path = "/codec";
/** Nothing is changed by it. */
const payloads = { resource: "payloads", level: "platform", method: "get" } as const;
/** A page of a history. */
const bodyLimit = "16mb";

const base64 = z.base64();
export const payloadsSchema = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() })),
});

/**
 * Temporal's codec server: `POST /codec/encode` and `/codec/decode` of payloads as protobuf JSON, for the Web UI of one
 * origin and for `temporal --codec-endpoint`. Who may ask reads every tenant's payloads, hence only the platform does: by
 * its keys, or signed in, from a page of that origin, too.
 */
export function createCodecRoutes({ codec, origin, authentication }: CodecRoutePorts): Router {
  const router = Router();
  if (origin === undefined) return router;
  router.use(path, shareWith(origin), ...allowed({ authentication, pages: { origin } }, payloads));
  for (const direction of ["encode", "decode"] as const) {
    router.post(`${path}/${direction}`, express.json({ limit: bodyLimit }), async (request, response) => {
      const done = await codec[direction](readPayloads(request.body));
      response
        .set("Cache-Control", "no-store")
        .json({ payloads: [], ...Payloads.toObject(Payloads.create({ payloads: done }), { bytes: String }) });
    });
  }
  return router;
}

/** CORS for that origin and no other. A preflight carries no token. */
function shareWith(origin: string) {
  return (request: Request, response: Response, next: NextFunction): void => {
    response.vary("Origin");
    if (request.get("origin") === origin) {
      response.set({
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Headers": "Authorization, Authorization-Extras, Content-Type, X-Namespace",
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Max-Age": "600",
      });
    }
    if (request.method === "OPTIONS") response.status(204).end();
    else next();
  };
}

/** @throws InvalidInput */
function readPayloads(body: unknown): Payload[] {
  const parsed = payloadsSchema.safeParse(body);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({
      field: path.join(".") || "body",
      problem: message,
    }));
    throw new InvalidInput(problems);
  }
  return Payloads.fromObject(parsed.data).payloads;
}
