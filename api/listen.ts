import type { Express } from "express";
import type { Server } from "node:http";
import { ConfigInvalid } from "../domain/errors.js";

/** Headers come at once, and so do bodies (`api/slow-bodies`), but for uploads: those of a day are broken lines. */
const headersTimeoutMs = 15_000;
const requestTimeoutMs = 24 * 3_600_000;

/** Resolves once requests are taken. @throws ConfigInvalid when the port is taken or may not be used */
export async function listen(app: Express, port: number): Promise<Server> {
  const server = app.listen(port);
  server.headersTimeout = headersTimeoutMs;
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
