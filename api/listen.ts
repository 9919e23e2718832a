import { createServer, type Server } from "node:http";
import type { Express } from "express";
import { ConfigInvalid } from "../domain/errors.js";

/** Headers come at once, and so do bodies (`api/slow-bodies`), but for uploads: those of a day are broken lines. */
const headersTimeoutMs = 15_000;
const requestTimeoutMs = 24 * 3_600_000;

/** Resolves once requests are taken. @throws ConfigInvalid when the port is taken or may not be used */
export async function listen(app: Express, port: number, slowMs = headersTimeoutMs): Promise<Server> {
  // Node looks for slow ones every half minute unless it is told otherwise.
  const server = createServer({ connectionsCheckingInterval: Math.min(1_000, slowMs) }, app).listen(port);
  server.headersTimeout = slowMs;
  server.requestTimeout = requestTimeoutMs;
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", (error) => reject(portRefused(port, error)));
  });
  return server;
}

function portRefused(port: number, error: NodeJS.ErrnoException): ConfigInvalid {
  const why =
    error.code === "EADDRINUSE"
      ? "is taken by another program"
      : `cannot be used (${error.code ?? error.message})`;
  return new ConfigInvalid([{ field: "API_PORT", problem: `port ${port} ${why}; choose another one` }]);
}
